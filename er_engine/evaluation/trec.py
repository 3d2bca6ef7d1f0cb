"""TREC run and qrels files, as trec_eval, ranx and other tools read them.

Fields are separated by white space there, so white space (and `%`) in an id is written as in URLs:
`New York` is `New%20York`. Only queries that have a right entity are written. trec_eval and ranx
break ties in their own ways, we count them against the system: their figures can be a little lower.
A query without any answer is absent from a run file; use `trec_eval -c`, or ranx with
`make_comparable=True`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from er_engine.evaluation.evaluation import Evaluation
from er_engine.evaluation.systems import SystemRun
from er_engine.files import write_atomically
from er_engine.types import Query

QRELS = "qrels.txt"


def write_trec(evaluation: Evaluation, directory: Path) -> list[Path]:
    """Write `qrels.txt` and one `NAME.run` for each system; return the paths.

    Raises:
        OSError: the folder or a file can't be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    contents = {QRELS: qrels(evaluation.scored_cases)}
    contents |= {f"{run.name}.run": trec_run(evaluation.cases, run) for run in evaluation.runs}
    for name, content in contents.items():
        write_atomically(directory / name, content)
    return [directory / name for name in contents]


def qrels(cases: Sequence[Query]) -> str:
    """Return `query 0 entity 1` lines."""
    return "".join(
        f"{escape_id(case.id)} 0 {escape_id(id_)} 1\n"
        for case in cases
        for id_ in dict.fromkeys(case.entity_ids)
    )


def trec_run(cases: Sequence[Query], run: SystemRun) -> str:
    """Return `query Q0 entity rank score system` lines, ranks from 1."""
    return "".join(
        f"{escape_id(case.id)} Q0 {escape_id(id_)} {rank} {score:.7g} {run.name}\n"
        for case, top in zip(cases, run.tops, strict=True)
        if case.entity_ids
        for rank, (id_, score) in enumerate(top, start=1)
    )


def escape_id(id_: str) -> str:
    """Percent-encode white space, control characters and `%`; `urllib.parse.unquote` undoes it."""
    return re.sub(r"[\s%\x00-\x1f\x7f]", lambda found: quote(found.group(), safe=""), id_)
