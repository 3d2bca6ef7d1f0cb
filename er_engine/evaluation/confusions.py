"""The engine's worst confusions: what was heard, right and answered, and how that sounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from er_engine.evaluation.evaluation import Evaluation
from er_engine.phonemes.alignment import Step, align
from er_engine.phonemes.g2p import G2P
from er_engine.surface_forms import text_forms
from er_engine.types import Pronunciation

LISTED = 30


@dataclass(frozen=True, slots=True)
class Confusion:
    """A right entity for which another one came first, `count` times.

    `heard` is the first hypothesis of the first such query, `steps` aligns its sounds with those
    of the right name. `answered` is None where there was no answer at all.
    """

    right: str
    answered: str | None
    heard: str
    count: int
    heard_sounds: Pronunciation
    right_sounds: Pronunciation
    steps: tuple[Step, ...]


def worst_confusions(
    evaluation: Evaluation, names: Mapping[str, str], g2p: G2P, lang: str, listed: int = LISTED
) -> list[Confusion]:
    """Return the most frequent pairs of right and wrong entity; of equals, the worst ranks first.

    Args:
        evaluation: what was asked and answered.
        names: the name of each entity id.
        g2p: reads what was heard and the right name.
        lang: language of the catalog.
        listed: how many.
    """
    found: dict[tuple[str, str | None], str] = {}
    counts: Counter[tuple[str, str | None]] = Counter()
    worst: dict[tuple[str, str | None], float] = {}
    run = evaluation.engine
    for case, rank, top in zip(evaluation.cases, run.ranks, run.tops, strict=True):
        if not case.entity_ids or rank <= 1:
            continue
        wrong = next((id_ for id_, _ in top if id_ not in case.entity_ids), None)
        pair = (case.entity_ids[0], wrong)
        found.setdefault(pair, case.nbest[0].text)
        counts[pair] += 1
        worst[pair] = max(worst.get(pair, 0.0), float(rank))
    pairs = sorted(counts, key=lambda pair: (-counts[pair], -worst[pair], pair[0], pair[1] or ""))
    return [
        _confusion(names, pair, found[pair], counts[pair], g2p, lang) for pair in pairs[:listed]
    ]


def _confusion(
    names: Mapping[str, str],
    pair: tuple[str, str | None],
    heard: str,
    count: int,
    g2p: G2P,
    lang: str,
) -> Confusion:
    right, wrong = pair
    forms = text_forms([heard, names[right]], g2p, lang)
    heard_sounds, right_sounds = (group[0].pronunciation for group in forms)
    return Confusion(
        names[right],
        None if wrong is None else names[wrong],
        heard,
        count,
        heard_sounds,
        right_sounds,
        tuple(align(heard_sounds, right_sounds)),
    )
