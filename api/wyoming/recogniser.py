"""From what was said to the event that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.wyoming.events import Event
from api.wyoming.intents import IntentRule, Intents, filled
from api.wyoming.sentences import Heard, hear
from er_engine.errors import QueryError
from er_engine.options import ResolveOptions
from er_engine.types import Candidate, Hypothesis, Resolution
from er_engine.wire import MAX_HYPOTHESES, MAX_TEXT_LENGTH

if TYPE_CHECKING:
    from api.catalogs import ResolvesNBest

# Each one that is tried costs a resolve.
MAX_TRIED = 4
MAX_NAMED = 3
# Of the probability of the best candidate: what is less likely is not worth asking for.
WORTH_NAMING = 0.25
# An intent's text is rendered as a template by Home Assistant; a name must not become a part of it.
_NO_TEMPLATE = str.maketrans("{}", "()")


class Recogniser:
    """Answers transcripts with intents; thread-safe if its resolver is."""

    def __init__(self, resolver: ResolvesNBest, intents: Intents) -> None:
        self._resolver = resolver
        self._intents = intents

    def answer(self, transcript: str) -> Event:
        """Return `intent`, or `not-recognized` with what to say.

        Intents whose sentences have more words in common with the transcript are tried first; the
        first one with a match is the answer.

        Raises:
            QueryError: the transcript is too long.
        """
        if len(transcript) > MAX_TEXT_LENGTH:
            raise QueryError(
                f"the text has {len(transcript):,} characters; at most {MAX_TEXT_LENGTH:,} are "
                "taken"
            )
        answers = self._intents.answers
        heard = self._heard(transcript)
        if not heard:
            return _not_recognized(answers.no_sentence)
        unsure: Event | None = None
        for rule, what in heard[:MAX_TRIED]:
            resolution = self._resolve(rule, what)
            if resolution is None or not resolution.candidates:
                continue
            if resolution.decision == "match":
                return _intent(rule, resolution.candidates[0], what.names[0])
            if resolution.decision == "ambiguous" and unsure is None:
                unsure = self._ask(resolution, what.names[0])
        said = {"heard": _spoken(heard[0][1].names[0])}
        return unsure or _not_recognized(filled(answers.no_match, said))

    def _heard(self, transcript: str) -> list[tuple[IntentRule, Heard]]:
        """The intents that may be meant, those with the most words in common first."""
        found = [
            (rule, what)
            for rule in self._intents.rules
            if (what := _best(rule, transcript)) is not None
        ]
        return sorted(found, key=lambda pair: -pair[1].literal)

    def _resolve(self, rule: IntentRule, what: Heard) -> Resolution | None:
        """None where there is nothing that could be said."""
        hypotheses = [Hypothesis(name) for name in what.names[:MAX_HYPOTHESES]]
        options = ResolveOptions(precision=rule.precision)
        try:
            return self._resolver.resolve(hypotheses, type=rule.type, options=options)
        except QueryError:
            return None

    def _ask(self, resolution: Resolution, heard: str) -> Event:
        answers = self._intents.answers
        best = resolution.candidates[0].probability
        likely = [
            _spoken(candidate.entity.name)
            for candidate in resolution.candidates
            if candidate.probability >= WORTH_NAMING * best
        ]
        names = list(dict.fromkeys(likely))[:MAX_NAMED]
        values = {"names": answers.either.join(names), "heard": _spoken(heard)}
        return _not_recognized(filled(answers.ambiguous, values))


def _best(rule: IntentRule, transcript: str) -> Heard | None:
    found = [what for sentence in rule.sentences if (what := hear(sentence, transcript))]
    return max(found, key=lambda what: what.literal, default=None)


def _intent(rule: IntentRule, candidate: Candidate, heard: str) -> Event:
    entity = candidate.entity
    values = {"name": entity.name, "id": entity.id, "type": entity.type or "", "heard": heard}
    data: dict[str, Any] = {
        "name": rule.name,
        "entities": [
            {"name": slot, "value": filled(value, values) if isinstance(value, str) else value}
            for slot, value in rule.slots.items()
        ],
    }
    if rule.say is not None:
        data["text"] = filled(rule.say, _all_spoken(values))
    return Event("intent", data)


def _not_recognized(text: str) -> Event:
    return Event("not-recognized", {"text": text})


def _all_spoken(values: Mapping[str, str]) -> dict[str, str]:
    return {key: _spoken(value) for key, value in values.items()}


def _spoken(text: str) -> str:
    return text.translate(_NO_TEMPLATE)
