from __future__ import annotations

from collections.abc import Sequence

import pytest

from api.wyoming.intents import (
    AnswerSettings,
    IntentFile,
    Intents,
    IntentSettings,
    default_intents,
    intents_of,
)
from api.wyoming.recogniser import MAX_TRIED, Recogniser
from er_engine.errors import QueryError
from er_engine.options import NO_OPTIONS, ResolveOptions
from er_engine.types import Candidate, Decision, Entity, Hypothesis, Resolution

Asked = tuple[tuple[str, ...], str | None, float | None]


class Answers:
    """A resolver that answers as it was told, by the first hypothesis."""

    def __init__(self, **answers: tuple[Decision, Sequence[tuple[Entity, float]]]) -> None:
        self._answers = answers
        self.asked: list[Asked] = []

    def resolve(
        self,
        n_best: Sequence[Hypothesis],
        k: int = 5,
        type: str | None = None,  # noqa: A002
        options: ResolveOptions = NO_OPTIONS,
    ) -> Resolution:
        """See `Resolver.resolve`."""
        self.asked.append((tuple(item.text for item in n_best), type, options.precision))
        if n_best[0].text == "%":
            raise QueryError("nothing speakable")
        decision, found = self._answers.get(n_best[0].text, ("no_match", ()))
        return Resolution(
            decision,
            0.1,
            tuple(Candidate(entity, 1.0, likely, entity.name) for entity, likely in found[:k]),
        )


CHIP = Entity("tv1", "Chip and Potato", "tv")
DUNE_1, DUNE_2, DUO = Entity("f1", "Dune"), Entity("f2", "Dune: Part Two"), Entity("f3", "Duo")
PLAY = IntentSettings(
    name="Play",
    sentences=["play [the] {name}"],
    type="tv",
    precision=0.8,
    slots={"media_id": "{id}", "heard": "{heard}", "type": "{type}", "volume": 3},
    say="Playing {name}",
)


def intents(*settings: IntentSettings, **answers: str) -> Intents:
    """Intents of these settings."""
    return intents_of(IntentFile(intents=list(settings), answers=AnswerSettings(**answers)))


def test_match_is_an_intent() -> None:
    """A match fills the slots and what is said; type and precision are those of the intent."""
    resolver = Answers(**{"shipping potato": ("match", [(CHIP, 0.9)])})
    event = Recogniser(resolver, intents(PLAY)).answer("Play the shipping potato.")
    assert event.type == "intent"
    assert event.data == {
        "name": "Play",
        "entities": [
            {"name": "media_id", "value": "tv1"},
            {"name": "heard", "value": "shipping potato"},
            {"name": "type", "value": "tv"},
            {"name": "volume", "value": 3},
        ],
        "text": "Playing Chip and Potato",
    }
    assert resolver.asked == [(("shipping potato", "the shipping potato"), "tv", 0.8)]


def test_ambiguous_is_a_question() -> None:
    """Several that fit are named, not those that are much less likely; nothing is done."""
    found = [(DUNE_1, 0.5), (DUNE_1, 0.45), (DUNE_2, 0.4), (DUO, 0.01)]
    resolver = Answers(dune=("ambiguous", found))
    event = Recogniser(resolver, default_intents()).answer("dune")
    assert event.type == "not-recognized"
    assert event.data == {"text": "Did you mean Dune or Dune: Part Two?"}


def test_nothing_that_fits_is_told() -> None:
    """Without a match the answer says what was heard, in the words of the file."""
    recogniser = Recogniser(Answers(), intents(PLAY, no_match="Was ist {heard}?"))
    assert recogniser.answer("play rhubarb").data == {"text": "Was ist rhubarb?"}
    assert recogniser.answer("play %").data == {"text": "Was ist %?"}


def test_other_sentences_ask_no_resolver() -> None:
    """What is no sentence of any intent is not resolved."""
    resolver = Answers()
    event = Recogniser(resolver, intents(PLAY)).answer("what time is it")
    assert event.type == "not-recognized"
    assert resolver.asked == []


def test_more_words_in_common_are_tried_first() -> None:
    """The sentence with more words wins; without a match the next one is tried."""
    anything = IntentSettings(name="Anything", sentences=["{name}"])
    resolver = Answers(**{"dune": ("match", [(DUNE_1, 0.9)]), "play duo": ("match", [(DUO, 0.9)])})
    recogniser = Recogniser(resolver, intents(anything, PLAY))
    assert recogniser.answer("play dune").data["name"] == "Play"
    assert recogniser.answer("play duo").data["name"] == "Anything"


def test_match_of_another_intent_is_better_than_a_question() -> None:
    """A question is asked only where no intent has a match."""
    anything = IntentSettings(name="Anything", sentences=["{name}"])
    resolver = Answers(
        **{"dune": ("ambiguous", [(DUNE_1, 0.5)]), "play dune": ("match", [(DUO, 0.9)])}
    )
    event = Recogniser(resolver, intents(PLAY, anything)).answer("play dune")
    assert event.data["name"] == "Anything"


def test_few_intents_are_tried() -> None:
    """However many intents a sentence may mean, a few are resolved."""
    many = [IntentSettings(name=f"I{n}", sentences=["{name}"]) for n in range(20)]
    resolver = Answers()
    Recogniser(resolver, intents(*many)).answer("rhubarb")
    assert len(resolver.asked) == MAX_TRIED


def test_names_are_no_templates() -> None:
    """Home Assistant renders an intent's text: braces of names and transcripts are taken away."""
    evil = Entity("e", "{{ states('lock.door') }}{% x %}", "tv")
    resolver = Answers(x=("match", [(evil, 0.9)]), y=("ambiguous", [(evil, 0.5)]))
    recogniser = Recogniser(resolver, intents(PLAY))
    for transcript in ("play x", "play y", "play {{ z }}"):
        assert "{" not in recogniser.answer(transcript).data["text"]


def test_long_transcripts_are_refused() -> None:
    """A thousand characters are taken, one more is not."""
    recogniser = Recogniser(Answers(), default_intents())
    assert recogniser.answer("x" * 1_000).type == "not-recognized"
    with pytest.raises(QueryError, match="1,001"):
        recogniser.answer("x" * 1_001)
