"""What the service says of itself when it is asked to describe itself."""

from __future__ import annotations

from api.wyoming.events import Event

_NAME = "er-engine"


def info_event(catalog: str, languages: list[str], version: str) -> Event:
    """Make the answer to `describe`: one intent recogniser with one model, the catalog.

    Args:
        catalog: its name.
        languages: what it understands.
        version: of er-engine.
    """
    about = {"attribution": {"name": _NAME, "url": ""}, "installed": True, "version": version}
    model = {
        **about,
        "name": catalog,
        "description": f"the names of {catalog}",
        "languages": languages,
    }
    program = {
        **about,
        "name": _NAME,
        "description": "finds the entity that was meant by what was heard",
        "models": [model],
    }
    others: dict[str, list[object]] = {
        kind: [] for kind in ("asr", "tts", "handle", "wake", "mic", "snd")
    }
    return Event("info", {**others, "intent": [program]})
