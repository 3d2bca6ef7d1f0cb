"""Speech recognition: what a recogniser promises, and PocketSphinx."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from er_engine.errors import ConfigError, SimulationError
from training.simulation.settings import RecogniserSettings
from training.simulation.vocabulary import Vocabulary
from training.simulation.waves import SAMPLE_RATE, Samples

# One pass is enough for short utterances; the beams trade a little accuracy for much time.
POCKETSPHINX_SETTINGS = {"fwdflat": False, "maxhmmpf": 5000, "maxwpf": 20}
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
    """Turns speech into an n-best list of texts."""

    def recognise(self, samples: Samples) -> list[str]:
        """Return the distinct hypotheses for int16 (n,) at SAMPLE_RATE, best first; may be empty.

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


def recogniser_version(name: str) -> str:
    """Name, version and settings, for the record of how n-best lists were made."""
    from importlib.metadata import version

    settings = ", ".join(f"{key}={value}" for key, value in POCKETSPHINX_SETTINGS.items())
    return f"{name} {version(name)} ({settings})"


class PocketSphinx:
    """PocketSphinx with its own US English acoustic model and dictionary.

    It adapts to what it hears, so results depend on what the same decoder heard before: open a
    fresh one for each shard. Its scores do not compare across utterances; only ranks are kept.
    """

    def __init__(self, settings: RecogniserSettings) -> None:
        import pocketsphinx

        self._n_best = settings.n_best
        options: dict[str, Any] = dict(POCKETSPHINX_SETTINGS)
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

    def recognise(self, samples: Samples) -> list[str]:
        """See `Recogniser.recognise`."""
        decoder = self._decoder
        try:
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
        except RuntimeError as error:
            raise SimulationError(f"pocketsphinx failed: {error}") from error
        return self._distinct(decoder)

    def _distinct(self, decoder: Any) -> list[str]:
        best = decoder.hyp()
        if best is None or not best.hypstr.strip():
            return []
        found = dict.fromkeys([_plain(best.hypstr)])
        for number, hypothesis in enumerate(decoder.nbest()):
            if hypothesis is not None and hypothesis.hypstr:
                found.setdefault(_plain(hypothesis.hypstr))
            if len(found) >= self._n_best or number >= _MAX_RAW:
                break
        return list(found)


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
