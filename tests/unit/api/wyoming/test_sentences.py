from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wyoming.sentences import MAX_WAYS, hear, parse_sentence
from er_engine.errors import ConfigError


@pytest.mark.parametrize(
    ("template", "transcript", "names"),
    [
        ("play {name}", "Play Chip and Potato.", ("Chip and Potato",)),
        ("play {name} please", "play, heat, please!", ("heat",)),
        ("{name}", "whatever", ("whatever",)),
        ("play [the] {name}", "play the office", ("office", "the office")),
        ("play [the] {name}", "play office", ("office",)),
        ("(play|put on) {name}", "put on heat", ("heat",)),
        ("(play|put on) {name} [now|please]", "play heat now", ("heat", "heat now")),
        ("turn on {name}", "TURN ON Küche", ("Küche",)),
    ],
)
def test_name_is_between_the_words(template: str, transcript: str, names: tuple[str, ...]) -> None:
    """The name is what the sentence leaves; with optional words, all that it may be."""
    heard = hear(parse_sentence(template), transcript)
    assert heard is not None
    assert heard.names == names


@pytest.mark.parametrize(
    ("template", "transcript"),
    [
        ("play {name}", "display heat"),
        ("play {name}", "play"),
        ("play {name}", "play ..."),
        ("play {name} now", "play now"),
        ("play {name} now", "play heat"),
        ("{name}", ""),
        ("{name}", " ?! "),
    ],
)
def test_other_words_are_another_sentence(template: str, transcript: str) -> None:
    """Without the sentence's own words, or without a name, it is another sentence."""
    assert hear(parse_sentence(template), transcript) is None


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("play", "exactly once"),
        ("", "exactly once"),
        ("{name} or {name}", "exactly once"),
        ("play {title}", "'{' at character 6"),
        ("play [the {name}", "'[' at character 6"),
        ("play [the [big]] {name}", "does not belong"),
        ("play [] {name}", "does not belong"),
        ("[a] [b] [c] [d] [e] [f] [g] [h] [i] {name}", f"more than {MAX_WAYS}"),
    ],
)
def test_wrong_sentences_are_refused(template: str, words: str) -> None:
    """A sentence that can't be read is refused with the place or the reason."""
    with pytest.raises(ConfigError) as caught:
        parse_sentence(template)
    assert words in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text(template: str, transcript: str) -> None:
    """Any template is read or refused; a name that is found is words of the transcript."""
    try:
        sentence = parse_sentence(template)
    except ConfigError:
        return
    heard = hear(sentence, transcript)
    if heard is not None:
        for name in heard.names:
            assert all(word in transcript for word in name.split())
