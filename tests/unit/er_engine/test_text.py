"""Spoken forms of names as they are written in catalogs and transcripts."""

import pytest

from er_engine.text import MAX_VARIANTS, normalise, spoken_forms

NUMBERS = [
    ("428", ("four twenty eight", "four hundred twenty eight", "four hundred and twenty eight")),
    ("1984", ("nineteen eighty four",)),
    ("1900", ("nineteen hundred",)),
    ("1905", ("nineteen oh five",)),
    ("2001", ("two thousand one", "two thousand and one", "twenty oh one")),
    ("2010", ("twenty ten", "two thousand ten")),
    ("90210", ("nine oh two one oh",)),
    ("007", ("double oh seven", "oh oh seven", "zero zero seven")),
    ("1,000,000", ("one million", "a million")),
    ("20,000 Leagues", ("twenty thousand leagues",)),
    ("911", ("nine one one", "nine eleven")),
    ("3.14", ("three point one four",)),
    ("FM 91.3", ("f m ninety one point three", "f m ninety one three")),
    ("nine hundred and thirteen", ("nine hundred and thirteen", "nine one three")),
    ("Two Hundred Five", ("two hundred five", "two oh five")),
    ("one hundred and six point nine", ("one hundred and six point nine", "one oh six nine")),
    (".45", ("point four five", "forty five")),
    ("21st Century", ("twenty first century",)),
    ("12th Night", ("twelfth night",)),
    ("1970s", ("nineteen seventies",)),
    ("'90s", ("nineties",)),
    ("9/11", ("nine eleven",)),
    ("24/7", ("twenty four seven",)),
    ("8½", ("eight and a half", "eight and one half")),
    ("1/2", ("one half", "a half")),
    ("7:30", ("seven thirty", "half past seven")),
    ("9:05", ("nine oh five",)),
    ("12:00", ("twelve o'clock", "twelve")),
    ("7:30pm", ("seven thirty p m",)),
    ("555-1234", ("five five five one two three four",)),
    ("July 4", ("july fourth", "july four")),
    ("Vol. 01", ("volume one", "volume oh one")),
    ("$5", ("five dollars",)),
    ("$1", ("one dollar",)),
    ("$9.99", ("nine dollars and ninety nine cents", "nine ninety nine")),
    ("$5 million", ("five million dollars",)),
    ("€20", ("twenty euros",)),
    ("50%", ("fifty percent",)),
    ("98°", ("ninety eight degrees",)),
    ("#1", ("number one",)),
    ("No. 1", ("number one",)),
    ("MI6", ("m i six",)),
    ("C-3PO", ("c three p o",)),
    ("3Q", ("three q",)),
]
ROMAN_NUMERALS = [
    ("Rocky IV", ("rocky four",)),
    ("Henry V", ("henry the fifth", "henry five")),
    ("Louis XIV", ("louis the fourteenth", "louis fourteen")),
    ("Thurston Howell III", ("thurston howell three", "thurston howell the third")),
    ("World War II", ("world war two",)),
    ("World War I", ("world war one",)),
    ("Part III", ("part three",)),
    ("Super Bowl XLII", ("super bowl forty two",)),
    ("Saw V: The Trap", ("saw five the trap", "saw v the trap")),
    ("Fast X", ("fast x", "fast ten")),
    ("rocky iii", ("rocky three",)),
    ("Malcolm X", ("malcolm x",)),
    ("The King and I", ("the king and i",)),
    ("Mr. X", ("mister x",)),
    ("George V. Higgins", ("george v higgins",)),
    ("CIVIC", ("civic",)),
    ("The MIX", ("the m i x", "the mix")),
    ("DIM", ("d i m", "dim")),
]
INITIALISMS = [
    ("NCAA", ("n c a a", "ncaa", "n c double a")),
    ("ncaa", ("n c a a", "ncaa", "n c double a")),
    ("IEEE", ("i e e e", "ieee", "i triple e")),
    ("FCC", ("f c c", "fcc", "f double c")),
    ("VV", ("v v", "vv")),
    ("APLNG", ("a p l n g", "aplng")),
    ("GRAIL", ("grail",)),
    ("n. c. a. a.", ("n c a a",)),
    ("USA Today", ("u s a today", "usa today")),
    ("NASA", ("nasa", "n a s a")),
    ("S.W.A.T.", ("swat", "s w a t")),
    ("R.E.M.", ("r e m", "rem")),
    ("M*A*S*H", ("mash", "m a s h")),
    ("AT&T", ("a t and t",)),
    ("J.K. Rowling", ("j k rowling",)),
    ("MSAs", ("m s a's", "msas")),
    ("DVDs", ("d v d's", "dvds")),
    ("IBM's", ("i b m's", "ibm's")),
    ("Navy SEALs", ("navy seals", "navy s e a l's")),
    ("THEMs", ("thems",)),
    ("ALIEN", ("alien",)),
    ("THE CAT SAT", ("the cat sat",)),
    ("iPhone", ("iphone",)),
    ("YouTube", ("youtube", "you tube")),
    ("McDonald", ("mcdonald",)),
    ("xXx", ("triple x", "x x x")),
]
ABBREVIATIONS = [
    ("Dr. No", ("doctor no",)),
    ("Mulholland Dr.", ("mulholland drive",)),
    ("St. Elmo's Fire", ("saint elmo's fire",)),
    ("21 Jump St", ("twenty one jump street",)),
    ("Mr. & Mrs. Smith", ("mister and missus smith",)),
    ("Kramer vs. Kramer", ("kramer versus kramer",)),
    ("Batman v Superman", ("batman versus superman", "batman v superman")),
    ("Sammy Davis Jr.", ("sammy davis junior",)),
    ("Los Angeles, CA", ("los angeles california", "los angeles c a")),
    ("Albany NY 12207", ("albany new york one two two oh seven",)),
    ("Rock 'n' Roll", ("rock and roll", "rock n roll")),
    ("Salt n' Pepper", ("salt and pepper",)),
    ("Rock'n'Roll", ("rock and roll",)),
    ("Men w/ Guns", ("men with guns",)),
    ("Ft. Lauderdale", ("fort lauderdale",)),
    ("6 ft Under", ("six feet under",)),
    ("Song (feat. Band)", ("song featuring band", "song")),
    ("Tiffany & Co.", ("tiffany and company",)),
    ("Acme, Inc.", ("acme inc", "acme incorporated")),
    ("Mt. Everest", ("mount everest",)),
    ("Ms Marvel", ("miz marvel",)),
    ("5th Ave", ("fifth avenue",)),
    ("Oct. 4th", ("october fourth",)),
    ("Ave Maria", ("ave maria",)),
]
SHAPES = [
    ("Spider-Man", ("spider man", "spiderman")),
    ("Wi-Fi", ("wi fi", "wifi")),
    ("Face/Off", ("face off",)),
    ("Alien (1979)", ("alien nineteen seventy nine", "alien")),
    ("Title (film)", ("title film", "title")),
    ("Star Wars: A New Hope", ("star wars a new hope", "star wars")),
    ("Wanted - Dead or Alive", ("wanted dead or alive", "wanted")),
    ("Goonies, The", ("the goonies",)),
    ("The Office", ("the office",)),
    ("Tru$t", ("trust",)),
    ("C++", ("c plus plus",)),
    ("Romeo + Juliet", ("romeo plus juliet", "romeo and juliet")),
    ("Thr3e", ("t h r three e", "three")),
]
UNICODE = [
    ("Don’t", ("don't",)),
    ("don´t", ("don't",)),
    ("ＡＬＩＥＮ ２", ("alien two",)),
    ("ﬁnance", ("finance",)),
    ("Straße", ("strasse",)),
    ("zero\u200bwidth", ("zerowidth",)),
    ("Amélie", ("amélie",)),
    ("Ame\u0301lie", ("amélie",)),
    ("Freedom™", ("freedom",)),
    ("नमस्ते", ("नमस्ते",)),
    ("สวัสดี ๕", ("สวัสดี five",)),
    ("Горе от УМА", ("горе от ума",)),
    ("千と千尋", ("千と千尋",)),
]


@pytest.mark.parametrize(
    ("written", "expected"),
    [*NUMBERS, *ROMAN_NUMERALS, *INITIALISMS, *ABBREVIATIONS, *SHAPES, *UNICODE],
)
def test_written_names_are_said_as_people_say_them(written: str, expected: tuple[str, ...]) -> None:
    """The most common reading comes first, and the others that matter are among the variants."""
    forms = spoken_forms(written)
    assert forms[0] == expected[0]
    assert set(expected) <= set(forms)


@pytest.mark.parametrize(
    ("written", "unwanted"),
    [
        ("The Office", "office"),
        ("Malcolm X", "malcolm the tenth"),
        ("24", "two four"),
        ("Point One", "one"),
    ],
)
def test_unlikely_readings_are_left_out(written: str, unwanted: str) -> None:
    """Readings that nobody uses, or that reranking handles, are not among the variants."""
    assert unwanted not in spoken_forms(written)


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "—", "♥★", "\u200b", "\u0301", "🙂"])
def test_nothing_speakable_gives_no_form(text: str) -> None:
    """Punctuation and symbols alone have no spoken form."""
    assert spoken_forms(text) == ()
    assert normalise(text) == ""


@pytest.mark.parametrize(
    ("lang", "written", "expected"),
    [
        ("de", "Die 3 Fragezeichen & Co", "die drei fragezeichen und co"),
        ("fr", "Les 400 coups", "les quatre cents coups"),
        ("es", "Dr. Mateo 21", "dr mateo veintiuno"),
        ("xx", "Foo 12", "foo 12"),
        ("en-GB", "Dr. Who", "doctor who"),
    ],
)
def test_other_languages_get_their_own_numbers(lang: str, written: str, expected: str) -> None:
    """Numbers are said in the language where it is known; English abbreviations stay English."""
    assert normalise(written, lang) == expected


def test_numbers_said_alike_meet_in_one_form() -> None:
    """A transcript in words is one of the variants of the name written in digits."""
    for transcript in ("four twenty eight", "four hundred and twenty eight", "four two eight"):
        assert normalise(transcript) in spoken_forms("428")


def test_variants_stay_few_however_many_numbers_there_are() -> None:
    """Many ambiguous tokens give at most MAX_VARIANTS forms, all distinct."""
    forms = spoken_forms("1984 428 NCAA St. Dr. 90210 " * 5)
    assert len(forms) == len(set(forms)) <= MAX_VARIANTS


def test_a_long_subtitle_is_a_form_of_its_own_and_a_short_one_is_not() -> None:
    """People say "the curse of the black pearl" alone, but nobody means a film by "the return"."""
    pirates = spoken_forms("Pirates of the Caribbean: The Curse of the Black Pearl")
    assert "the curse of the black pearl" in pirates
    assert "the return" not in spoken_forms("Rocky IV: The Return")
