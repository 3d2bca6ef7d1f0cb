"""Why a candidate got its score, as values that a page can draw."""

from __future__ import annotations

from er_engine.phonemes.alignment import align
from er_engine.phonemes.inventory import WORD_BOUNDARY
from er_engine.phonemes.similarity import Costs, compared
from er_engine.rerank.comparison import Comparison, heard_facts
from er_engine.rerank.fusion import pair_scores, weight_vector
from er_engine.rerank.settings import FEATURES, RerankSettings
from er_engine.types import Contribution, Explanation, Pronunciation, SurfaceForm

# A difference above rounding.
LEAST = 1e-5


def explain_pair(
    comparison: Comparison,
    pair: tuple[int, int],
    form: SurfaceForm,
    settings: RerankSettings,
    prior: float,
    costs: Costs,
) -> Explanation:
    """Explain a candidate.

    Args:
        comparison: the query beside its candidates.
        pair: positions of the heard form and of the surface form (`best_pair`).
        form: that surface form.
        settings: weights, and the least score of a name that stands among other words.
        prior: what the context added to the score.
        costs: what aligning charges, as in the score.
    """
    heard = comparison.heard[pair[0]]
    values = comparison.features[pair]
    contributions = [
        Contribution(name, float(value), float(weight), float(value * weight))
        for name, value, weight in zip(FEATURES, values, weight_vector(settings), strict=True)
        if weight
    ]
    added = sum(part.contribution for part in contributions)
    floor = float(pair_scores(values, settings)) - added
    if floor > LEAST:
        name_part = float(values[FEATURES.index("name_part")])
        contributions.append(Contribution("name_floor", name_part, settings.name_floor, floor))
    facts = heard_facts(comparison, pair, settings)
    if facts is not None:
        more = facts.score - sum(part.contribution for part in contributions)
        contributions.append(Contribution("facts", facts.share, settings.fact_share, more))
    return Explanation(
        hypothesis=int(comparison.places[pair[0]]),
        heard=heard.spoken,
        name=form.spoken,
        heard_phonemes=phoneme_text(heard.pronunciation),
        name_phonemes=phoneme_text(form.pronunciation),
        alignment=tuple(align(compared(heard.pronunciation), compared(form.pronunciation), costs)),
        contributions=tuple(contributions),
        pair_score=sum(part.contribution for part in contributions),
        prior=prior,
        facts="" if facts is None else facts.words,
    )


def phoneme_text(pronunciation: Pronunciation) -> str:
    """The phonemes without a space inside a word: `tʃɪp ənd pəteɪtoʊ`."""
    return "".join(" " if symbol == WORD_BOUNDARY else symbol for symbol in pronunciation)
