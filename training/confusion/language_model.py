"""How readily a recogniser writes a word after another: a small language model of English.

It is the one that ships with PocketSphinx (`model/en-us/en-us.lm.bin` of its wheel, BSD): n-grams
of 72 thousand words of the CMU dictionary. No audio is needed to ask it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

from er_engine.errors import TrainingError
from er_engine.phonemes.lexicon import dictionary_path

_MODEL = "en-us.lm.bin"
# Probabilities of unknown words are lower by far, those of known ones never as low (nats).
_UNKNOWN = -1_000.0


class LanguageModel(Protocol):
    """Costs of words."""

    def cost(self, word: str, before: str = "") -> float:
        """Return -ln P(word | the word before), infinite for a word that is not known.

        Args:
            word: a word in lower case.
            before: the word before; nothing, or an unknown word, gives -ln P(word).
        """
        ...


class EnglishModel:
    """The language model of PocketSphinx, pairs of words alone."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the model, in a tenth of a second.

        Raises:
            TrainingError: the model is missing or damaged.
            PhonemeError: pocketsphinx is not installed.
        """
        from pocketsphinx import Config, LogMath, NGramModel

        path = path or dictionary_path().with_name(_MODEL)
        self._logarithms = LogMath()
        try:
            self._model = NGramModel(Config(), self._logarithms, str(path))
        except ValueError as error:
            raise TrainingError(
                f"the language model {path} can't be read; install pocketsphinx again: "
                "pip install --force-reinstall pocketsphinx"
            ) from error

    def cost(self, word: str, before: str = "") -> float:
        """See `LanguageModel.cost`."""
        # The model takes the latest word first.
        chance = self._logarithm([word, before] if before else [word])
        if before and chance < _UNKNOWN:
            chance = self._logarithm([word])
        return math.inf if chance < _UNKNOWN else -chance

    def _logarithm(self, words: list[str]) -> float:
        return float(self._logarithms.log_to_ln(self._model.prob(words)))
