"""`er-engine catalog import|list|backup|restore|snapshot|verify|remove`: catalogs of a data folder.

All but `remove` work while a service has the catalog open.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from er_engine.terminal import harmless


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine catalog`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_import(actions.add_parser("import", help="make a live catalog of a built index"))
    listing = actions.add_parser("list", help="name the catalogs of a data folder")
    _add_data_dir(listing)
    listing.set_defaults(action=_list)
    backup = _named(actions.add_parser("backup", help="write all of a catalog into one file"))
    backup.add_argument("file", metavar="FILE", type=Path, help="where the backup goes")
    backup.set_defaults(action=_backup)
    restore = actions.add_parser("restore", help="make a catalog of a backup")
    restore.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote")
    _named(restore).set_defaults(action=_restore)
    snapshot = _named(actions.add_parser("snapshot", help="write a catalog as an index folder"))
    snapshot.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="folder of the index"
    )
    snapshot.set_defaults(action=_snapshot)
    verify = _named(actions.add_parser("verify", help="read all that is stored of a catalog"))
    verify.set_defaults(action=_verify)
    remove = _named(actions.add_parser("remove", help="remove a catalog that is not served"))
    remove.set_defaults(action=_remove)


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; return its exit code."""
    return int(args.action(args))


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data_dir", metavar="DATA_DIR", type=Path, help="folder of live catalogs")


def _named(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    _add_data_dir(parser)
    parser.add_argument("name", metavar="NAME", help="name of the catalog")
    return parser


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("index", metavar="INDEX", type=Path, help="folder of a built index")
    _named(parser).set_defaults(action=_import)


def _import(args: argparse.Namespace) -> int:
    from index.live.creating import import_index

    import_index(args.index, args.data_dir, args.name)
    print(f"imported {harmless(str(args.index))} as the catalog {args.name}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from index.live.creating import list_catalogs

    for name in list_catalogs(args.data_dir):
        print(harmless(name))
    return 0


def _backup(args: argparse.Namespace) -> int:
    from index.live.backup import write_backup

    write_backup(_database(args), args.file)
    print(f"wrote {harmless(str(args.file))} ({args.file.stat().st_size:,} bytes)")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from index.live.creating import restore_catalog

    restore_catalog(args.file, args.data_dir, args.name)
    print(f"restored {harmless(str(args.file))} as the catalog {args.name}")
    return 0


def _snapshot(args: argparse.Namespace) -> int:
    from index.live.generations import snapshot_of

    manifest = snapshot_of(_database(args), args.output)
    print(f"wrote {manifest.entities:,} entities to {harmless(str(args.output))}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    from index.live.backup import database_problems

    problems = database_problems(_database(args))
    for problem in problems:
        print(f"error: {harmless(problem)}", file=sys.stderr)
    if not problems:
        print(f"{args.name}: all entities are as they were written")
    return 1 if problems else 0


def _remove(args: argparse.Namespace) -> int:
    from index.live.creating import remove_catalog

    remove_catalog(args.data_dir, args.name)
    print(f"removed the catalog {args.name}")
    return 0


def _database(args: argparse.Namespace) -> Path:
    from index.live.creating import check_name
    from index.live.layout import LIVE

    check_name(args.name)
    folder: Path = args.data_dir / args.name
    return folder / LIVE.database
