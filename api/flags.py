"""The flags of `er-engine serve`: one for each setting."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from api.settings import Settings
from api.settings_sources import flag_of


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for each setting; what is not given stays out of the arguments."""
    for name, field in Settings.model_fields.items():
        if name != "directories":
            _add_flag(parser, name, field)


def given_flags(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that the command line names."""
    given = {name: value for name, value in vars(args).items() if name in Settings.model_fields}
    if not given.get("directories"):
        given.pop("directories", None)
    return given


def _add_flag(parser: argparse.ArgumentParser, name: str, field: FieldInfo) -> None:
    default = "" if field.default in (None, [], False) else f" (default: {field.default})"
    about = f"{field.description or ''}{default}".replace("%", "%%")
    if field.annotation is bool:
        parser.add_argument(
            flag_of(name),
            help=about,
            default=argparse.SUPPRESS,
            action=argparse.BooleanOptionalAction,
        )
        return
    kind = _plain(field.annotation)
    choices = get_args(kind) if get_origin(kind) is Literal else None
    # Numbers are checked with the other sources, so that all wrong values are told in one way.
    convert = Path if kind is Path else str
    parser.add_argument(
        flag_of(name),
        help=about,
        default=argparse.SUPPRESS,
        type=convert,
        choices=choices,
        metavar=None if choices else _metavar(kind),
    )


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _metavar(kind: Any) -> str:
    return {int: "N", float: "N", Path: "PATH"}.get(kind, "TEXT")
