"""`er-engine export`: a catalog in the form that another system takes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from er_engine.export.alexa import Exported, Limits
    from er_engine.types import Entity

DEFAULT_SLOT_TYPE = "ENTITY"
_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine export`."""
    actions = parser.add_subparsers(title="forms", metavar="FORM", required=True)
    words = "values of an Alexa custom slot type, or dynamic entities"
    alexa = actions.add_parser("alexa", help=words, description=f"{words}.")
    alexa.add_argument("catalog", metavar="CATALOG", type=Path, help="catalog file")
    alexa.add_argument(
        "-o", "--output", metavar="FILE.json", type=Path, required=True, help="what to write"
    )
    alexa.add_argument("--type", metavar="T", help="only entities of exactly this type")
    alexa.add_argument(
        "--slot-type",
        metavar="NAME",
        default=DEFAULT_SLOT_TYPE,
        help="name of the slot type in the skill (default: %(default)s)",
    )
    alexa.add_argument(
        "--dynamic",
        action="store_true",
        help="write the directive Dialog.UpdateDynamicEntities (100 names and synonyms)",
    )
    alexa.add_argument(
        "--max-bytes", metavar="N", type=int, help="size of the JSON (default: 1000000, 24000)"
    )
    alexa.add_argument(
        "--skip-bad", action="store_true", help="leave out wrong records of the catalog"
    )
    alexa.add_argument("--lang", default="en", help="language of the names (default: %(default)s)")
    alexa.add_argument("--json", action="store_true", help="say as JSON what was left out")
    alexa.set_defaults(action=_alexa)


def run(args: argparse.Namespace) -> int:
    """Run the chosen form; return its exit code."""
    return int(args.action(args))


def _alexa(args: argparse.Namespace) -> int:
    from er_engine.export import alexa
    from er_engine.files import check_not_read, write_atomically

    alexa.check_slot_type(args.slot_type)
    check_not_read("-o", args.output, [args.catalog])
    document = alexa.dynamic_document if args.dynamic else alexa.slot_type_document
    empty = len(alexa.written(document(args.slot_type, ())).encode())
    limits = _limits(args, empty)
    entities, skipped = _entities(args)
    exported = alexa.export_values(entities, limits, empty, args.lang)
    text = alexa.written(document(args.slot_type, exported.values))
    _check_any(args, exported, limits)
    write_atomically(args.output, text + "\n")
    report = _report(args, exported, len(text.encode()))
    report["left_out"]["wrong_records"] = skipped
    print(json.dumps(report, ensure_ascii=False) if args.json else _words(args, report))
    return 0


def _limits(args: argparse.Namespace, envelope: int) -> Limits:
    from dataclasses import replace

    from er_engine.errors import ConfigError
    from er_engine.export.alexa import DYNAMIC_LIMITS, SLOT_TYPE_LIMITS

    limits = DYNAMIC_LIMITS if args.dynamic else SLOT_TYPE_LIMITS
    if args.max_bytes is None:
        return limits
    if args.max_bytes <= envelope:
        raise ConfigError(f"--max-bytes {args.max_bytes}: nothing fits; give more than {envelope}")
    return replace(limits, size=args.max_bytes)


def _entities(args: argparse.Namespace) -> tuple[list[Entity], int]:
    """The entities of the type, and how many wrong records were skipped."""
    from er_engine.catalog import read_catalog
    from er_engine.errors import CatalogError

    catalog = read_catalog(args.catalog, skip_bad=args.skip_bad)
    entities = catalog.entities
    found = [entity for entity in entities if args.type is None or entity.type == args.type]
    if not found:
        types = ", ".join(sorted({entity.type for entity in entities if entity.type})) or "none"
        raise CatalogError(
            f"catalog {args.catalog}: no entity has the type {args.type!r}; there are: {types}"
        )
    return found, len(catalog.problems)


def _check_any(args: argparse.Namespace, exported: Exported, limits: Limits) -> None:
    from er_engine.errors import CatalogError
    from er_engine.export.alexa import MAX_CHARACTERS

    if not exported.values:
        raise CatalogError(
            f"catalog {args.catalog}: nothing fits into {limits.size:,} bytes with names of at "
            f"most {MAX_CHARACTERS} characters"
        )


def _report(args: argparse.Namespace, exported: Exported, size: int) -> dict[str, Any]:
    from er_engine.export.homophones import homophones
    from er_engine.phonemes.default import default_g2p

    names = [value["name"]["value"] for value in exported.values]
    alike = homophones(names, default_g2p(args.lang), args.lang)
    return {
        "values": len(names),
        "synonyms": exported.synonyms,
        "bytes": size,
        "left_out": {
            "no_room": [entity.id for entity in exported.no_room],
            "name_too_long": [entity.id for entity in exported.too_long],
            "same_name": [entity.id for entity in exported.same_name],
            "synonyms": exported.synonyms_left_out,
        },
        "sound_alike": [[exported.values[row]["id"] for row in group] for group in alike],
    }


def _words(args: argparse.Namespace, report: dict[str, Any]) -> str:
    from er_engine.terminal import harmless

    left_out = report["left_out"]
    numbers = [f"{report[part]:,} {part}" for part in ("values", "synonyms", "bytes")]
    lines = [f"{args.output}: {', '.join(numbers)}"]
    reasons = {
        "no_room": "for which there is no room, the most popular first",
        "name_too_long": "with a name of more than 140 characters",
        "same_name": "with the name of a more popular one, which Alexa takes once",
    }
    lines += [
        f"left out: {len(left_out[key]):,} {words}: {_some(left_out[key])}"
        for key, words in reasons.items()
        if left_out[key]
    ]
    if left_out["wrong_records"]:
        lines.append(f"left out: {left_out['wrong_records']:,} wrong records")
    if left_out["synonyms"]:
        lines.append(f"left out: {left_out['synonyms']:,} synonyms, for which there is no room")
    if report["sound_alike"]:
        groups = [" = ".join(group) for group in report["sound_alike"]]
        lines.append(f"sound alike, so let the skill ask: {len(groups):,}: {_some(groups)}")
    return harmless("\n".join(lines), keep="\n")


def _some(items: list[str]) -> str:
    return ", ".join(items[:_SHOWN]) + (", ..." if len(items) > _SHOWN else "")
