"""JSON shapes of entities and catalogs over HTTP; the service and its client share them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from er_engine.types import Entity

MAX_PAGE = 500
DEFAULT_PAGE = 50
MAX_BULK_LINES = 10_000
MAX_BULK_BYTES = 32_000_000
# A folder name, so nothing that means something to a file system.
CATALOG_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

_ENTITY: dict[str, Any] = {
    "name": "Chip and Potato",
    "type": "tv",
    "aliases": ["Chip & Potato"],
    "attributes": {"year": 2018},
}


class EntityBody(BaseModel):
    """An entity without its id, which is in the path. Unknown keys become attributes."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_ENTITY]})

    name: str
    type: str | None = None
    aliases: list[str] = Field(default_factory=list)
    attributes: dict[str, Any] = Field(default_factory=dict)
    pronunciations: list[str] = Field(
        default_factory=list, description="of the name, in ARPABET or IPA"
    )
    popularity: float = Field(default=0.0, ge=0)
    lang: str | None = None
    version: int | None = Field(
        default=None,
        ge=0,
        description="the version that it must have now, as it was read; 0 for none, null for any",
    )


class WireEntity(BaseModel):
    """A stored entity. `version` is also its ETag; each change gives a higher one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "tv1", **_ENTITY, "version": 3}]}
    )

    id: str
    name: str
    type: str | None = None
    aliases: list[str] = Field(default_factory=list)
    attributes: dict[str, Any] = Field(default_factory=dict)
    pronunciations: list[str] = Field(default_factory=list)
    popularity: float = 0.0
    lang: str | None = None
    version: int

    @classmethod
    def of(cls, entity: Entity, version: int) -> WireEntity:
        """Make the wire shape of an entity."""
        return cls(
            id=entity.id,
            name=entity.name,
            type=entity.type,
            aliases=list(entity.aliases),
            attributes=dict(entity.attributes),
            pronunciations=list(entity.pronunciations),
            popularity=entity.popularity,
            lang=entity.lang,
            version=version,
        )

    def body(self) -> EntityBody:
        """What to send to store this entity again."""
        return EntityBody.model_validate(self.model_dump(exclude={"id", "version"}))


class EntityPage(BaseModel):
    """Some entities; ask again with `next_cursor` until there is none."""

    entities: list[WireEntity]
    next_cursor: str | None = Field(description="of the next page; null on the last one")


LineStatus = Literal["stored", "unchanged", "rejected"]


class BulkLine(BaseModel):
    """What became of one line of a bulk upsert."""

    line: int = Field(description="from 1", examples=[2])
    status: LineStatus
    id: str | None = Field(default=None, examples=["tv1"])
    version: int | None = Field(default=None, examples=[3])
    detail: str | None = Field(
        default=None,
        description="why the line was rejected",
        examples=["field 'name': missing"],
    )


class BulkResult(BaseModel):
    """All lines of a bulk upsert; those that are not rejected are in the catalog."""

    stored: int = Field(description="lines that changed something", examples=[1])
    unchanged: int = Field(description="lines that say what is there already", examples=[0])
    rejected: int = Field(examples=[0])
    lines: list[BulkLine]


CatalogState = Literal["ready", "building", "failed"]


class BuildProgress(BaseModel):
    """How far an upload has become a catalog."""

    phase: str = Field(examples=["encoding"])
    done: int = Field(examples=[1200])
    total: int = Field(examples=[36_243])


class CatalogInfo(BaseModel):
    """One catalog."""

    name: str = Field(examples=["films"])
    state: CatalogState
    entities: int = Field(description="how many there are; 0 until it is ready", examples=[36_243])
    writable: bool = Field(description="whether entities can be changed while it serves")
    default: bool = Field(description="whether `/v1/resolve` answers from it")
    progress: BuildProgress | None = None
    error: str | None = Field(default=None, description="why an upload failed")


class CatalogList(BaseModel):
    """Every catalog, the default first."""

    catalogs: list[CatalogInfo]


class SnapshotInfo(BaseModel):
    """A snapshot: an index folder on the machine of the service that never changes."""

    catalog: str = Field(examples=["films"])
    snapshot: str = Field(
        description="name of the folder below `.snapshots` in the data folder of the service; "
        "the number is that of the last change in it",
        examples=["films-20"],
    )
    entities: int = Field(examples=[36_243])
