"""Surface forms: templates, the forms of an entity, and of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from er_engine.errors import CatalogError, ConfigError
from er_engine.surface_forms import (
    MAX_CHARACTERS,
    MAX_PRONUNCIATIONS,
    MAX_SPOKEN_FORMS,
    MAX_SYMBOLS,
    beginning,
    check_template,
    entity_texts,
    surface_forms,
    text_forms,
)
from er_engine.text.series import second_name
from er_engine.types import WORD_BOUNDARY, Entity, SurfaceForm
from tests.unit.index.builds import SpellingG2P

CAFE = Entity("e", "Blue Cup", "cafe", ("The Cup", " "), {"city": "Alton", "tags": ["a", 2]})


def test_texts_are_name_aliases_and_filled_templates() -> None:
    """Distinct, the name first; a template with a missing field makes nothing; lists are joined."""
    templates = ("{name} in {city}", "{name} {street}", "{type} {tags}", "{name}")
    assert entity_texts(CAFE, templates) == [
        "Blue Cup",
        "The Cup",
        "Blue Cup in Alton",
        "cafe a 2",
    ]


def test_a_template_means_the_entitys_own_name_and_type() -> None:
    """Attributes that are called the same don't take their place; they stand in for no type."""
    odd = Entity("e", "Blue Cup", "cafe", attributes={"name": "x", "type": "y"})
    assert entity_texts(odd, ("{name} {type}",)) == ["Blue Cup", "Blue Cup cafe"]
    untyped = Entity("e", "Blue Cup", None, attributes={"type": "y"})
    assert entity_texts(untyped, ("{name} {type}",)) == ["Blue Cup", "Blue Cup y"]


@pytest.mark.parametrize(
    "template", ["{", "plain", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>3}"]
)
def test_wrong_templates_are_refused(template: str) -> None:
    """A ConfigError shows the template."""
    with pytest.raises(ConfigError, match="surface form template"):
        check_template(template)
    check_template("{name}, {city}")


def test_each_entity_has_distinct_forms_its_name_first() -> None:
    """Own pronunciations come right after it, whatever else there is."""
    potato = Entity("b", "Potato", aliases=("Potato", "Spud"), pronunciations=("tʃɪp", "s p ʌ d"))
    first, second = surface_forms([CAFE, potato], SpellingG2P())
    assert (first[0].text, first[0].spoken) == ("Blue Cup", "blue cup")
    assert [form.text for form in second] == ["Potato", "Potato", "Potato", "Spud"]
    assert second[1].pronunciation == ("tʃ", "ɪ", "p")
    assert {form.spoken for form in second[:3]} == {"potato"}
    assert len(set(second)) == len(second)


def test_symbols_still_get_a_form() -> None:
    """With nothing spoken and no pronunciation, at its own place among the others."""
    forms = surface_forms([Entity("a", "♥"), Entity("b", "  "), CAFE], SpellingG2P())
    assert [(group[0].text, group[0].spoken) for group in forms] == [
        ("♥", ""),
        ("  ", ""),
        ("Blue Cup", "blue cup"),
    ]
    assert forms[0][0].pronunciation == ()


def test_a_wrong_pronunciation_is_named() -> None:
    """A CatalogError says which entity, field and value."""
    with pytest.raises(CatalogError, match="entity 'e7', field 'pronunciations', value 'QQ'"):
        surface_forms([Entity("e7", "x", pronunciations=("QQ",))], SpellingG2P())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=4))
def test_every_text_has_a_form_and_not_too_many(texts: list[str]) -> None:
    """One group for each text, in order, each form with the text it is of."""
    groups = text_forms(texts, SpellingG2P())
    assert len(groups) == len(texts)
    for text, group in zip(texts, groups, strict=True):
        assert 1 <= len(group) <= MAX_SPOKEN_FORMS * MAX_PRONUNCIATIONS
        assert {form.text for form in group} == {text}


def test_query_and_catalog_share_their_forms() -> None:
    """What is equal to the ear is equal here: numbers and signs, written either way."""
    (name,) = surface_forms([Entity("e", "Chip & Potato 2")], SpellingG2P())
    (heard,) = text_forms(["chip and potato two"], SpellingG2P())
    assert (heard[0].spoken, heard[0].pronunciation) in {(f.spoken, f.pronunciation) for f in name}


@given(st.text("ab ", max_size=700), st.lists(st.sampled_from(["a", "b"]), max_size=700))
def test_only_the_beginning_of_what_is_heard_counts(spoken: str, sounds: list[str]) -> None:
    """However long a heard form is, what is compared is bounded, and a short one stays as it is."""
    form = SurfaceForm(spoken, spoken, tuple(sounds))
    cut = beginning(form)
    assert spoken.startswith(cut.spoken)
    assert len(cut.spoken) <= MAX_CHARACTERS
    assert form.pronunciation[: len(cut.pronunciation)] == cut.pronunciation
    assert len(cut.pronunciation) <= MAX_SYMBOLS
    if len(spoken) <= MAX_CHARACTERS and len(sounds) <= MAX_SYMBOLS:
        assert cut == form


def test_cut_form_ends_with_a_sound() -> None:
    """A pronunciation is never cut right behind a boundary between words."""
    sounds = ("a",) * (MAX_SYMBOLS - 1) + (WORD_BOUNDARY,) + ("b",)
    assert beginning(SurfaceForm("a", "a", sounds)).pronunciation == ("a",) * (MAX_SYMBOLS - 1)


def test_a_title_of_a_series_is_also_said_by_its_second_name() -> None:
    """What follows "and the" is a form of its own, behind all others, and shown as the title."""
    title = "Indiana Jones and the Temple of Doom"
    (forms,) = surface_forms([Entity("e", title, aliases=("Indy Two",))], SpellingG2P())
    assert [form.spoken for form in forms] == [title.lower(), "indy two", "the temple of doom"]
    assert {form.text for form in forms} == {title, "Indy Two"}


@pytest.mark.parametrize(
    "title",
    [
        "Beauty and the Beast",
        "The Lion, the Witch and the Wardrobe",
        "Snow and the Old Man",
        "Alvin and the Chipmunks: The Road Chip",
        "Once and the Whole of Them (1999)",
        "And the Ship Sails On",
        "Once and the whole of it " * 20,
    ],
)
def test_most_titles_have_no_second_name(title: str) -> None:
    """One word, few letters, what a subtitle or bracket ends, "and" at the start, long texts."""
    assert second_name(title) == ""


@given(st.text(alphabet="ab &:()\n", max_size=60).map(lambda x: x.replace("b", "and the ")))
def test_a_second_name_is_the_end_of_the_title(title: str) -> None:
    """Whatever the title: words of its end."""
    assert title.endswith(second_name(title))
