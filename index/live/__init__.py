"""Live catalogs: a built index, imported once, that changes while it serves.

SQLite is the source of truth; vectors in index folders are derived from it and can be made again.
Import from the modules (this package imports nothing by itself, so that help stays quick):

    from index.live.creating import import_index, create_catalog, list_catalogs, remove_catalog
    from index.live.creating import restore_catalog
    from index.live.catalog import LiveCatalog

    import_index(built_index_dir, data_dir, name)           # once; CatalogExistsError when repeated
    create_catalog(entities, data_dir, name, model, options, progress)      # build and import

    catalog = LiveCatalog.open(data_dir, name, model)       # the one writer; CatalogLockedError
    catalog = LiveCatalog.open_reader(data_dir, name, model)  # other processes: only reads

    catalog.view() -> LiveView          # a `CatalogIndex`: Resolver(catalog.view(), model)
    catalog.get(id) -> (Entity, version)                    # UnknownEntityError
    catalog.page(after_id, limit) -> list[(Entity, version)]  # by id; after_id None starts
    catalog.sequence -> int             # number of the last change; grows, never by the clock
    catalog.status() -> CatalogStatus   # counts, side index, progress, problem
    catalog.ready -> bool               # False while vectors are made; view() then raises
                                        # CatalogNotReadyError, everything else works
    catalog.entities() -> Iterator[Entity]                  # a consistent export

    catalog.upsert(entity, if_version=None) -> int          # VersionConflictError, CatalogError
    catalog.delete(id, if_version=None) -> int              # UnknownEntityError
    catalog.bulk(entities, if_versions=None) -> list[BulkResult]   # each: version or error
    catalog.merge()                     # side index into the main one; runs by itself, too
    catalog.wait(timeout=None)          # until nothing is done in the background
    catalog.verify() -> list[str]       # reads all that is stored; what is wrong
    catalog.snapshot(dest_dir) -> Manifest                  # a built, immutable index folder
    catalog.backup(dest_file)           # one SQLite file; restore_catalog() takes it
    catalog.close()

    catalog.add_feedback(Feedback(...)) -> int              # index.live.feedback
    catalog.feedback(after, limit) -> list[Feedback]
    catalog.alias_proposals(min_count) -> list[AliasProposal]
    catalog.accept_alias(entity_id, text, if_version=None) -> int
    catalog.accept_aliases(min_count) -> list[AliasProposal]  # all above a threshold
    catalog.accepted_aliases(min_count) -> list[AliasProposal]
    catalog.dismiss_alias(entity_id, text)
    catalog.forget_feedback(Chosen(before=...)) -> int

Backup, restore, snapshot and verify are also commands (`er-engine catalog`), which work while a
service has the catalog open.

A *version* is the sequence number of the last change of an entity: it grows with each change, is
never used twice (also not after a delete), and 0 means "no such entity". `if_version=0` asks for an
entity that isn't there yet. Putting what is there already changes nothing and returns its version,
also when `if_version` is old: a repeated request is no conflict. The catalog order is the order of
last changes: a changed entity moves to the end.

A change is acknowledged (the call returns) when it is on the disk and the next `view()` has it.
Changes may be made by several threads of the writer; readers in other processes see them at their
next `view()`. A write that fails (StorageError: disk full, read-only) changed nothing and may be
repeated; queries go on. While the catalog isn't `ready`, changes are durable, and found as
soon as it is.
"""
