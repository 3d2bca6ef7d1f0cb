"""Speech recognition: what a recogniser promises, and PocketSphinx."""

from __future__ import annotations

import math
from typing import Any, Protocol, runtime_checkable

from er_engine.errors import ConfigError, SimulationError
from er_engine.nbest.utterance import shares
from er_engine.types import Hypothesis
from training.simulation.settings import RecogniserSettings
from training.simulation.vocabulary import Vocabulary
from training.simulation.waves import SAMPLE_RATE, Samples

# One pass is enough for short utterances; the beams trade a little accuracy for much time.
_POCKETSPHINX_SETTINGS = {"fwdflat": False, "maxhmmpf": 5000, "maxwpf": 20}
# PocketSphinx keeps its logarithms in units so much coarser than those of its base (SENSCR_SHIFT).
_COARSER = 1 << 10
# The list of PocketSphinx repeats the same words with other pauses; stop looking after so many.
_MAX_RAW = 400
# Probabilities of added words and names, in units of 1 / (size of the language model). A whole name
# competes as one word, so it needs less.
_WORD_WEIGHT = 3.0
_NAME_WEIGHT = 0.3
# A word that the dictionary has but that is too rare in the language model is added again with
# this mark; a name is added as one word with joints. Both are taken out of what was heard.
_MARK, _JOINT = "#", "_"


@runtime_checkable
class Recogniser(Protocol):
    """Turns speech into an n-best list."""

    def recognise(self, samples: Samples) -> list[Hypothesis]:
        """Return the distinct hypotheses for int16 (n,) at SAMPLE_RATE, best first; may be empty.

        Scores are natural log-probabilities, None where the recogniser has none.

        Raises:
            SimulationError: recognition failed.
        """


def open_recogniser(settings: RecogniserSettings) -> Recogniser:
    """Return a fresh recogniser; the only name now is `pocketsphinx`.

    Raises:
        ConfigError: the name is unknown, or the language model can't be read.
    """
    if settings.name != "pocketsphinx":
        raise ConfigError(f"recogniser {settings.name!r} is unknown; there is: pocketsphinx")
    return PocketSphinx(settings)


class PocketSphinx:
    """PocketSphinx with its own US English acoustic model and dictionary.

    It adapts to what it hears, so results depend on what the same decoder heard before: open a
    fresh one for each shard. Its scores only compare within an utterance, so each hypothesis gets
    the log of its share of the list. The first one is found in another way than the others and is
    not always the one with the best score; where it is not in the list at all, none has a score.
    """

    def __init__(self, settings: RecogniserSettings) -> None:
        import pocketsphinx

        self._n_best = settings.n_best
        options: dict[str, Any] = dict(_POCKETSPHINX_SETTINGS)
        if settings.language_model is not None:
            options["lm"] = settings.language_model
        try:
            self._decoder: Any = pocketsphinx.Decoder(
                samprate=float(SAMPLE_RATE), loglevel="FATAL", **options
            )
        except RuntimeError as error:
            raise ConfigError(
                f"language model {settings.language_model}: pocketsphinx cannot read it; it takes "
                f"ARPA files and its own binary ones ({error})"
            ) from error
        _teach(self._decoder, settings.vocabulary)

    def recognise(self, samples: Samples) -> list[Hypothesis]:
        """See `Recogniser.recognise`."""
        decoder = self._decoder
        try:
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
        except RuntimeError as error:
            raise SimulationError(f"pocketsphinx failed: {error}") from error
        found = self._distinct(decoder)
        scores = [None if s is None else round(s, 4) for s in shares(list(found.values()))]
        return [Hypothesis(*heard) for heard in zip(found, scores, strict=True)]

    def _distinct(self, decoder: Any) -> dict[str, float | None]:
        """The texts, best first, each with the best log-likelihood that it was seen with."""
        best = decoder.hyp()
        if best is None or not best.hypstr.strip():
            return {}
        # Its own score has another part of the sum in it than those of the list.
        found: dict[str, float | None] = {_plain(best.hypstr): None}
        language_weight = decoder.config["lw"]
        for number, hypothesis in enumerate(decoder.nbest()):
            if hypothesis is not None and hypothesis.hypstr:
                text = _plain(hypothesis.hypstr)
                score, known = _log_likelihood(hypothesis.score, language_weight), found.get(text)
                found[text] = score if known is None else max(score, known)
            if len(found) >= self._n_best or number >= _MAX_RAW:
                break
        return found


def _log_likelihood(score: float, language_weight: float) -> float:
    """Natural logarithm, language model and acoustic model in the proportion that decoding used.

    The decoder adds acoustic log-likelihoods, far too sure of themselves, and those of the language
    model times a weight of several; dividing by that weight instead gives useful probabilities.
    """
    return math.log(max(score, 1e-300)) * _COARSER / language_weight


def _plain(heard: str) -> str:
    return heard.replace(_MARK, "").replace(_JOINT, " ")


def _teach(decoder: Any, vocabulary: Vocabulary) -> None:
    """Add words and names to dictionary and language model.

    PocketSphinx can't change the probability of a word that its language model has, and never
    hears one that only its dictionary has; a copy under another name has neither problem.
    """
    if not vocabulary.entries:
        return
    model = decoder.get_lm(decoder.current_search())
    model.add_word(_MARK, _WORD_WEIGHT)
    floor = model.prob([_MARK])
    rare = [e for e in vocabulary.entries if " " in e[0] or model.prob([e[0]]) < floor]
    for number, (text, phones) in enumerate(rare, start=1):
        word = text.replace(" ", _JOINT)
        if decoder.lookup_word(word) is not None:
            word += _MARK
        # First to the model: the dictionary's own way of adding would give the weight 1.
        model.add_word(word, _NAME_WEIGHT if " " in text else _WORD_WEIGHT)
        decoder.add_word(word, phones, number == len(rare))  # The last one rebuilds the search.
