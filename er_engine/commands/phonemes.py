"""`er-engine phonemes`: what each G2P says."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from er_engine.phonemes.default import ALL_NAMES, ESPEAK, default_g2p, is_english

if TYPE_CHECKING:
    from er_engine.phonemes.g2p import G2P

ALL = "all"


@dataclass(frozen=True)
class Said:
    """What one G2P says of one spoken form; pronunciations are phonemes parted by spaces."""

    text: str
    spoken: str
    g2p: str
    pronunciations: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `er-engine phonemes`."""
    parser.add_argument("texts", metavar="TEXT", nargs="+", help="names or transcripts")
    parser.add_argument(
        "--lang", metavar="L", default="en", help="language code (default: %(default)s)"
    )
    parser.add_argument(
        "--g2p",
        metavar="G",
        choices=(*ALL_NAMES, ALL),
        help=f"one of {', '.join(ALL_NAMES)}, or {ALL} for each of those that are installed "
        "(default: what an index of this language uses)",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(args: argparse.Namespace) -> int:
    """Read the texts and print; return 0."""
    said = [row for g2p in _g2ps(args.lang, args.g2p) for row in _say(args.texts, args.lang, g2p)]
    said.sort(key=lambda row: args.texts.index(row.text))
    if args.json:
        print(json.dumps([asdict(row) for row in said], ensure_ascii=False))
    else:
        _print_table(said)
    return 0


def _g2ps(lang: str, wanted: str | None) -> Iterator[G2P]:
    """Yield the G2Ps that were asked for; for `all`, eSpeak only where it is installed."""
    from er_engine.errors import MissingExtraError

    if wanted != ALL:
        yield default_g2p(lang, None if wanted is None else (wanted,))
        return
    for name in ALL_NAMES if is_english(lang) else (ESPEAK,):
        try:
            yield default_g2p(lang, (name,))
        except MissingExtraError as error:
            if not is_english(lang):
                raise
            print(f"left out: {error}", file=sys.stderr)


def _say(texts: Sequence[str], lang: str, g2p: G2P) -> Iterator[Said]:
    from er_engine.phonemes.inventory import write_pronunciation
    from er_engine.text import spoken_forms

    for text in dict.fromkeys(texts):
        spoken = spoken_forms(text, lang) or ("",)
        for variant, readings in zip(spoken, g2p.pronounce(spoken), strict=True):
            yield Said(text, variant, g2p.name, tuple(map(write_pronunciation, readings)))


def _print_table(said: Sequence[Said]) -> None:
    """Print one line for each pronunciation, its text only once; colours only on a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from er_engine.terminal import cell

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("text", "spoken form", "G2P", "IPA"):
        table.add_column(heading, overflow="fold")
    above: tuple[str, ...] = ()
    for row in said:
        for written in row.pronunciations or ("(no pronunciation)",):
            said_of = (row.text, row.spoken, _plain(row.g2p))
            shown = ("", "", "") if said_of == above else said_of
            table.add_row(*map(cell, (*shown, _compact(written))))
            above = said_of
    Console(highlight=False).print(table)


def _plain(name: str) -> str:
    """A G2P's name without versions and digests: `lexicon-1a2b3c4d+neural-3-5e6f7a8b`."""
    return "+".join(part.split("-")[0] for part in name.split("+"))


def _compact(written: str) -> str:
    """Write `tʃ ɪ p | ə n d` as `tʃɪp ənd`."""
    if "(" in written:
        return written
    return written.replace(" | ", "|").replace(" ", "").replace("|", " ")
