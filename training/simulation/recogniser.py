"""Speech recognition: what a recogniser promises, and PocketSphinx."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from er_engine.errors import ConfigError, SimulationError
from training.simulation.tts import SAMPLE_RATE, Samples

# One pass is enough for short utterances; the beams trade a little accuracy for much time.
POCKETSPHINX_SETTINGS = {"fwdflat": False, "maxhmmpf": 5000, "maxwpf": 20}
# The list of PocketSphinx repeats the same words with other pauses; stop looking after so many.
_MAX_RAW = 400


@runtime_checkable
class Recogniser(Protocol):
    """Turns speech into an n-best list of texts."""

    def recognise(self, samples: Samples) -> list[str]:
        """Return the distinct hypotheses for int16 (n,) at SAMPLE_RATE, best first; may be empty.

        Raises:
            SimulationError: recognition failed.
        """


def open_recogniser(name: str, n_best: int) -> Recogniser:
    """Return a fresh recogniser; the only name now is `pocketsphinx`.

    Raises:
        ConfigError: the name is unknown.
    """
    if name != "pocketsphinx":
        raise ConfigError(f"recogniser {name!r} is unknown; there is: pocketsphinx")
    return PocketSphinx(n_best)


def recogniser_version(name: str) -> str:
    """Name, version and settings, for the record of how n-best lists were made."""
    from importlib.metadata import version

    settings = ", ".join(f"{key}={value}" for key, value in POCKETSPHINX_SETTINGS.items())
    return f"{name} {version(name)} ({settings})"


class PocketSphinx:
    """PocketSphinx with its own US English model (general vocabulary and language model).

    It adapts to what it hears, so results depend on what the same decoder heard before: open a
    fresh one for each shard. Its scores do not compare across utterances; only ranks are kept.
    """

    def __init__(self, n_best: int) -> None:
        import pocketsphinx

        self._n_best = n_best
        self._decoder: Any = pocketsphinx.Decoder(
            samprate=float(SAMPLE_RATE), loglevel="FATAL", **POCKETSPHINX_SETTINGS
        )

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
        found = dict.fromkeys([best.hypstr])
        for number, hypothesis in enumerate(decoder.nbest()):
            if hypothesis is not None and hypothesis.hypstr:
                found.setdefault(hypothesis.hypstr)
            if len(found) >= self._n_best or number >= _MAX_RAW:
                break
        return list(found)
