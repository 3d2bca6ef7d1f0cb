"""`er-engine keys`: make, list and revoke API keys."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from api.keys import MAX_NAME, SCOPES, changing, new_key, read_keys
from er_engine.errors import ConfigError

DEFAULT_FILE = Path("api-keys.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine keys`."""
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    create = actions.add_parser("create", help="make a key and print it, once")
    create.add_argument("name", help="who or what will use it, for logs: kiosk, call-centre, ...")
    create.add_argument(
        "--scope",
        choices=SCOPES,
        default="read",
        help="read: resolve and look up; write: change catalogs, too (default: %(default)s)",
    )
    listing = actions.add_parser("list", help="show the keys there are (not their secrets)")
    revoke = actions.add_parser("revoke", help="take a key away; a running service notices at once")
    revoke.add_argument("id", help="the id that `er-engine keys list` shows")
    for action in (create, listing, revoke):
        action.add_argument(
            "--file", type=Path, default=DEFAULT_FILE, help="key file (default: %(default)s)"
        )


def run(args: argparse.Namespace) -> int:
    """Run one action; return 0."""
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    actions[args.action](args)
    return 0


def _create(args: argparse.Namespace) -> None:
    if not args.name.isprintable() or not 0 < len(args.name) <= MAX_NAME:
        raise ConfigError(f"a key's name is 1 to {MAX_NAME} printable characters")
    key, text = new_key(args.name, args.scope, datetime.now(UTC).isoformat(timespec="seconds"))
    with changing(args.file) as keys:
        keys.append(key)
    print(text)


def _list(args: argparse.Namespace) -> None:
    from rich.console import Console
    from rich.table import Table

    from er_engine.terminal import cell

    table = Table("id", "scope", "created", "name", box=None, pad_edge=False)
    for key in read_keys(args.file):
        table.add_row(key.id, key.scope, cell(key.created), cell(key.name))
    Console().print(table)


def _revoke(args: argparse.Namespace) -> None:
    with changing(args.file) as keys:
        kept = [key for key in keys if key.id != args.id]
        if len(kept) == len(keys):
            raise ConfigError(f"{args.file}: no key has the id {args.id!r}")
        keys[:] = kept
    print(f"revoked {args.id}")
