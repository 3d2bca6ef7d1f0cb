"""Double Metaphone, the classical phonetic code, compared by edit similarity.

Every text has a primary and an alternate code; each makes a key, so the best pair counts. A word
without a code (digits, other scripts) stands for itself. Codes are short and often equal, so a key
carries the spelling too: with a small weight it only breaks ties, with a large one it is a second
opinion.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from er_engine.lexical.fuzzy import similarity
from er_engine.lexical.pooling import Scorer, ScorerFactory
from er_engine.search import FloatArray

TIE_BREAK = 0.001
_SEPARATOR = "\t"


def metaphone_keys(spoken: str) -> tuple[str, ...]:
    """Return `code<tab>spoken` for the primary and, where it differs, the alternate code.

    The codes of words are separated by spaces.
    """
    from doublemetaphone import doublemetaphone

    primary, alternate = [], []
    for word in spoken.split():
        first, second = doublemetaphone(word)
        primary.append(first or word)
        alternate.append(second or first or word)
    codes = dict.fromkeys((" ".join(primary), " ".join(alternate)))
    return tuple(f"{code}{_SEPARATOR}{spoken}" for code in codes)


def metaphone(spelling_weight: float, by_words: bool = True) -> ScorerFactory:
    """Make a factory: similarity of codes plus `spelling_weight` x similarity of spellings.

    Args:
        spelling_weight: how much the spelling counts, the code counting 1.
        by_words: keep the spaces between the codes of words, which recognisers put where they like.
    """

    def factory(choices: Sequence[str]) -> Scorer:
        from rapidfuzz.distance import Indel, Levenshtein

        codes, spellings = _split(choices, by_words)

        def score(queries: Sequence[str]) -> FloatArray:
            heard_codes, heard_spellings = _split(queries, by_words)
            total = similarity(heard_codes, codes, Indel.normalized_similarity)
            total += similarity(heard_codes, codes, Levenshtein.normalized_similarity)
            spelled = similarity(heard_spellings, spellings, Indel.normalized_similarity)
            result: FloatArray = total / 2 + np.float32(spelling_weight) * spelled
            return result

        return score

    return factory


def _split(keys: Sequence[str], by_words: bool) -> tuple[list[str], list[str]]:
    pairs = [key.partition(_SEPARATOR) for key in keys]
    codes = [code if by_words else code.replace(" ", "") for code, _, _ in pairs]
    return codes, [spoken for _, _, spoken in pairs]
