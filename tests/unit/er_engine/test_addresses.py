"""Street addresses are read as people say them."""

from __future__ import annotations

import pytest

from er_engine.text import normalise, spoken_forms


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("14 N Elm Road", "fourteen north elm road"),
        ("100 E. Oak Dr", "one hundred east oak drive"),
        ("5 W 42nd St", "five west forty second street"),
        ("14 N.E. 5th Ave", "fourteen northeast fifth avenue"),
        ("12 Oak Ave NE", "twelve oak avenue northeast"),
        ("7 E Street NW", "seven e street northwest"),
        ("14 n elm ct", "fourteen north elm court"),
        ("16 Oak Ave NW Washington", "sixteen oak avenue northwest washington"),
        ("100 E Oak Dr Springfield", "one hundred east oak drive springfield"),
        ("10 Downing St London", "ten downing street london"),
        ("12 Oak Ct", "twelve oak court"),
        ("12 oak ct", "twelve oak court"),
        ("12 Oak Rd Springfield", "twelve oak road springfield"),
        ("12 Oak St, Springfield", "twelve oak street springfield"),
        ("12 St James Pl", "twelve saint james place"),
        ("12 Oak St Ste 4", "twelve oak street suite four"),
        ("12 Oak Street, Apt 4", "twelve oak street apartment four"),
        ("123 N MAIN ST", "one twenty three north main street"),
        ("Eli and Martha 14 N Elm Rd", "eli and martha fourteen north elm road"),
        ("Oak Ct", "oak court"),
        ("Rte 9", "route nine"),
    ],
)
def test_abbreviations_of_an_address_are_said_in_full(written: str, said: str) -> None:
    """Directions, kinds of streets and units, where what stands around them says so."""
    assert normalise(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Guns N Roses", "guns n roses"),
        ("7 S", "seven s"),
        ("4 S Club 7", "four s club seven"),
        ("Symphony No. 5 E flat major", "symphony number five e flat major"),
        ("Windows 98 SE Setup", "windows ninety eight s e setup"),
        ("3 E E Cummings Poems", "three e e cummings poems"),
        ("10 Versions of Ave Maria", "ten versions of ave maria"),
        ("2 Gerard Ter Borch Paintings", "two gerard ter borch paintings"),
        ("2 Nights with Dr", "two nights with drive"),
        ("chest ct", "chest c t"),
        ("onet.pl", "onet p l"),
        ("5 Ct", "five c t"),
        ("Hartford CT", "hartford c t"),
        ("24 Hours in St Tropez", "twenty four hours in saint tropez"),
        ("3 Days with Dr Jones", "three days with doctor jones"),
        ("100 Dr King Blvd", "one hundred doctor king boulevard"),
        ("Lincoln, NE 68501", "lincoln nebraska six eight five oh one"),
    ],
)
def test_what_is_no_address_keeps_its_letters_and_titles(written: str, said: str) -> None:
    """Initials, states, saints and doctors are not read as parts of an address."""
    assert normalise(written) == said


def test_an_address_has_one_reading_but_for_its_numbers() -> None:
    """Further readings would each be a surface form in the index."""
    assert spoken_forms("14 N Elm Ct") == ("fourteen north elm court",)
    assert all(form.endswith(" north elm court") for form in spoken_forms("3491 N Elm Ct"))


@pytest.mark.parametrize(
    ("written", "readings"),
    [
        ("200 S Broadway", {"two hundred s broadway", "two hundred south broadway"}),
        ("10 Upper St James", {"ten upper street james", "ten upper saint james"}),
        ("Oak Ct", {"oak court", "oak c t"}),
    ],
)
def test_what_may_be_either_is_read_in_both_ways(written: str, readings: set[str]) -> None:
    """A letter or a direction, a saint or a street."""
    assert readings <= set(spoken_forms(written))
