"""Words in capitals: spelled out (NCAA), said as a word (NASA), or just shouted (ALIEN)."""

from __future__ import annotations

import re

# Said letter by letter in any case, although they have vowels.
SPELLED = frozenset(
    [
        "ncaa",
        "usa",
        "uk",
        "fbi",
        "cia",
        "hbo",
        "ufo",
        "dna",
        "rna",
        "abc",
        "nba",
        "nfl",
        "nhl",
        "mlb",
        "bbc",
        "cnn",
        "espn",
        "mtv",
        "aaa",
        "ibm",
        "ai",
        "api",
        "atm",
        "aka",
        "eu",
        "un",
        "ussr",
        "nypd",
        "lapd",
        "fdny",
        "nyc",
        "ny",
        "dvd",
        "cd",
        "pc",
        "ceo",
        "cfo",
        "coo",
        "cto",
        "ipo",
        "ir",
        "ebitda",
        "iou",
        "faq",
        "rpm",
        "bff",
        "diy",
        "gps",
        "hiv",
        "ptsd",
        "iq",
        "vip",
        "sos",
        "ucla",
        "usc",
        "mit",
        "csi",
        "ncis",
        "svu",
        "vhs",
        "gop",
        "kkk",
        "tnt",
        "xxl",
    ]
) - frozenset(["un", "ny", "ir"])
# Said as words although short and in capitals.
SAID_AS_WORDS = frozenset(
    [
        "nasa",
        "nato",
        "aids",
        "fema",
        "opec",
        "nascar",
        "laser",
        "radar",
        "scuba",
        "swat",
        "unicef",
        "unesco",
        "hiit",
        "taser",
        "ikea",
        "lego",
        "pixar",
        "imax",
        "zip",
        "pin",
        "sim",
        "ram",
        "rom",
        "gif",
        "jpeg",
        "covid",
    ]
)
# Vowelless words that are not initialisms.
_INTERJECTIONS = frozenset(
    [
        "hmm",
        "hm",
        "mm",
        "mmm",
        "shh",
        "sh",
        "psst",
        "pfft",
        "brr",
        "brrr",
        "zzz",
        "grr",
        "grrr",
        "tsk",
        "nth",
        "th",
        "pst",
        "st",
        "nd",
        "rd",
        "str",
        "mc",
        "crwth",
        "cwm",
        "ng",
        "kg",
        "km",
        "cm",
        "mm",
        "hz",
        "hmmm",
        "dr",
        "ft",
        "mt",
        "rd",
        "ln",
        "ms",
        "sr",
        "ch",
        "vs",
        "pt",
        "bk",
    ]
)
_VOWELLESS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2,5}")
_ONSET = r"(?:[bcdfghjklmnpqrstvwyz]|[bcfgp][lr]|[dt]r|s[cklmnptw]|[cstpw]h|s[ckpt]r|thr|tw|qu)?"
_VOWEL = r"(?:[aeiouy]|ai|au|ay|ea|ee|ei|eu|ie|oa|oi|oo|ou|oy|ue|ui)"
_CODA = r"(?:[bcdfgklmnprstvxz]|[lnr][dkpst]|n[cg]|s[kpt]|ck|[cst]h|mp|[fls][fls]|[bdgkmnprt]s|ct|ft|pt)?"
_SYLLABLES = re.compile(f"(?:{_ONSET}{_VOWEL}{_CODA})+e?")


def spell(word: str) -> str:
    """The letters of a word as words."""
    return " ".join(word.replace("'", ""))


def pronounceable(word: str) -> bool:
    """Whether a case-folded ASCII word looks like English syllables."""
    return bool(_SYLLABLES.fullmatch(word))


def is_spelled(folded: str) -> bool:
    """Whether a word is said letter by letter whatever its case."""
    if folded in SPELLED:
        return True
    return (
        bool(_VOWELLESS.fullmatch(folded)) and folded not in _INTERJECTIONS and len(set(folded)) > 1
    )


def initialism_readings(word: str, shouted: bool) -> tuple[str, ...]:
    """Readings of an ASCII word of two or more capital letters.

    Args:
        word: as written.
        shouted: whether the text has no small letters, so that capitals mean little.
    """
    folded = word.lower()
    spelled = spell(folded)
    if is_spelled(folded):
        return (spelled, folded)
    if folded in SAID_AS_WORDS:
        return (folded, spelled)
    if len(folded) > 4 or folded in COMMON_WORDS:
        return (folded,)
    if not pronounceable(folded):
        return (spelled, folded)
    if shouted or len(folded) == 4:
        return (folded, spelled)
    return (spelled, folded)


# Often written in capitals among small letters, and never spelled.
COMMON_WORDS = frozenset(
    [
        "a",
        "i",
        "am",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "big",
        "but",
        "by",
        "can",
        "did",
        "do",
        "for",
        "get",
        "go",
        "had",
        "has",
        "he",
        "her",
        "him",
        "his",
        "how",
        "if",
        "in",
        "is",
        "it",
        "its",
        "let",
        "man",
        "me",
        "my",
        "new",
        "no",
        "not",
        "now",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "red",
        "see",
        "she",
        "so",
        "sex",
        "the",
        "to",
        "too",
        "top",
        "two",
        "up",
        "us",
        "was",
        "we",
        "who",
        "why",
        "yes",
        "you",
        "your",
        "all",
        "any",
        "bad",
        "boy",
        "cat",
        "day",
        "die",
        "dog",
        "end",
        "eye",
        "fun",
        "god",
        "good",
        "hell",
        "here",
        "hero",
        "home",
        "kill",
        "life",
        "like",
        "live",
        "love",
        "more",
        "never",
        "only",
        "over",
        "that",
        "them",
        "they",
        "this",
        "time",
        "very",
        "want",
        "what",
        "when",
        "will",
        "with",
        "zero",
    ]
)
