"""Versions of entities as ETags, and the conditions of a request (RFC 9110, section 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

from fastapi import HTTPException

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
ANY = "*"
NO_ENTITY = 0


def etag(version: int) -> str:
    """The ETag of a version: `"3"`."""
    return f'"{version}"'


def expected_version(
    if_match: str | None, if_none_match: str | None, current: Callable[[], int]
) -> int | None:
    """Return the version that the entity must have: 0 for none, None if any will do.

    Args:
        if_match: the header: a version, several, or `*` for any entity that is there.
        if_none_match: the header; only `*` (there must be no such entity) is of use for a change.
        current: the version that is there now, 0 for none.

    Raises:
        HTTPException: 400, a header is no list of ETags; 412, the condition does not hold.
    """
    if if_none_match is not None:
        if if_match is not None or if_none_match.strip() != ANY:
            raise _bad("If-None-Match", "a change takes either If-Match, or If-None-Match: *")
        return NO_ENTITY
    if if_match is None:
        return None
    now = current()
    wanted = None if if_match.strip() == ANY else strong_versions(if_match)
    if wanted is None:
        if now == NO_ENTITY:
            raise HTTPException(
                HTTPStatus.PRECONDITION_FAILED, "If-Match is *, but there is no such entity"
            )
        return now
    if not wanted:
        raise HTTPException(
            HTTPStatus.PRECONDITION_FAILED,
            f"If-Match is {if_match}, but no version is called so; read the entity again",
        )
    return now if now in wanted else max(wanted)


def is_unchanged(if_none_match: str | None, version: int) -> bool:
    """Whether who reads an entity has this version already."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == ANY:
        return True
    return str(version) in [tag for _, tag in _tags("If-None-Match", if_none_match)]


def strong_versions(header: str) -> list[int]:
    """The versions in an If-Match header; weak tags never match, and no version is 0."""
    tags = _tags("If-Match", header)
    return [int(tag) for weak, tag in tags if not weak and re.fullmatch(r"[1-9][0-9]{0,17}", tag)]


def _tags(name: str, header: str) -> list[tuple[bool, str]]:
    """Each tag, and whether it is weak. No tag of ours has a comma."""
    found = [_TAG.fullmatch(part) for part in header.split(",")]
    if any(part is None for part in found):
        raise _bad(name, f'{header!r} is no list of ETags such as "3"')
    return [(part[1] is not None, part[2]) for part in found if part is not None]


def _bad(name: str, what: str) -> HTTPException:
    return HTTPException(HTTPStatus.BAD_REQUEST, f"{name}: {what}")
