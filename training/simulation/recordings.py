"""A user's own recordings: a folder of WAVE files and a list of what was said in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from er_engine.errors import QueryError
from training.simulation.prompts import Prompt, read_prompts

LIST_NAME = "recordings.jsonl"


def read_recordings(
    folder: Path, fits: Mapping[str, Sequence[str]], listed: Path | None = None
) -> list[Prompt]:
    """Read the list of recordings: prompts (see `read_prompts`) with the field `audio`.

    `audio` is a path in the folder, `ID.wav` where it is left out. Where `entity_ids` is left out,
    all entities that sound like `reference` are right. The files are not opened yet.

    Args:
        folder: where the WAVE files are.
        fits: the ids of all entities by first spoken form (`entities_by_spoken_form`).
        listed: the list; None means `recordings.jsonl` in the folder.

    Raises:
        QueryError: there is no such folder or list, a line is wrong, or a file is missing.
    """
    if not folder.is_dir():
        raise QueryError(f"{folder}: there is no such folder of recordings")
    listed = listed or folder / LIST_NAME
    if not listed.exists():
        raise QueryError(
            f"{listed}: there is no such list of recordings; write one, with a line such as "
            '{"id": "q1", "audio": "q1.wav", "reference": "chip and potato"} for each, or name '
            "one with --prompts"
        )
    prompts = [
        replace(prompt, audio=str(folder / (prompt.audio or f"{prompt.id}.wav")))
        for prompt in read_prompts(listed, fits)
    ]
    missing = [p for p in prompts if p.audio is not None and not Path(p.audio).is_file()]
    if missing:
        raise QueryError(
            f"{listed}: recording {missing[0].id!r}, field 'audio': there is no file "
            f"{missing[0].audio} ({len(missing)} of {len(prompts)} are missing)"
        )
    return prompts
