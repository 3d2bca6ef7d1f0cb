"""Words in capitals: spelled out (NCAA), said as a word (NASA), or just shouted (ALIEN)."""

from __future__ import annotations

import re

# Said letter by letter in any case, although they have vowels.
SPELLED = frozenset({
    "abc", "ai", "aka", "api", "atm", "ceo", "cfo", "cia", "coo", "cto", "diy", "dna", "eu",
    "faq", "fbi", "gop", "hbo", "hiv", "ibm", "ieee", "ipo", "iq", "lapd", "mit", "naacp",
    "nba", "ncaa", "ncis", "nyc", "nypd", "rna", "ufo", "uk", "usa", "usc", "ussr", "vip",
})  # fmt: skip
# Said as words although short and in capitals.
SAID_AS_WORDS = frozenset({
    "aids", "bafta", "covid", "ebitda", "fema", "fifa", "gif", "ikea", "imax", "jpeg", "laser",
    "lego", "nafta", "nasa", "nascar", "nato", "opec", "pin", "ram", "rom", "scuba", "sim", "swat",
    "taser", "unesco", "unicef", "yolo", "zip",
})  # fmt: skip
# Words without vowels that are not initialisms, and abbreviations that other rules read.
_NOT_SPELLED = frozenset({
    "bk", "brr", "brrr", "ch", "cm", "cwm", "dr", "ft", "grr", "grrr", "hm", "hmm", "hmmm", "hz",
    "kg", "km", "ln", "mc", "mm", "mmm", "mt", "nd", "ng", "nth", "pfft", "psst", "pst", "pt",
    "rd", "sh", "shh", "st", "str", "th", "tsk", "zz", "zzz",
})  # fmt: skip
# Often in capitals among small letters, and never spelled.
_COMMON_WORDS = frozenset({
    "all", "am", "an", "and", "any", "are", "as", "at", "bad", "be", "big", "boy", "but", "by",
    "can", "cat", "day", "did", "die", "do", "dog", "end", "eye", "for", "fun", "get", "go", "god",
    "good", "had", "has", "he", "hell", "her", "here", "hero", "him", "his", "home", "how", "if",
    "in", "is", "its", "kill", "know", "let", "life", "like", "live", "love", "man", "me", "more",
    "my", "never", "new", "no", "not", "now", "of", "off", "on", "one", "only", "or", "our", "out",
    "over", "red", "see", "sex", "she", "so", "that", "the", "them", "they", "this", "time", "to",
    "too", "top", "two", "up", "very", "want", "was", "we", "what", "when", "who", "why", "will",
    "with", "yes", "you", "your", "zero",
})  # fmt: skip
_VOWELLESS = re.compile(r"[bcdfghjklmnpqrstvwxz]{2,5}")
_ONSET = (
    r"(?:[bcdfghjklmnpqrstvwyz]|[bcfgp][lr]|[dtkw]r|s[cklmnptw]|[cstpw]h|[sp]h[rl]|[skpt]n|gn"
    r"|s[ckpt]r|s[pc]l|thr|[tdsk]w|qu|squ)?"
)
_VOWEL = r"(?:[aeiouy]|ai|au|aw|ay|ea|ee|ei|eu|ew|ey|ie|oa|oi|oo|ou|ow|oy|ue|ui)"
_CODA = (
    r"(?:[bcdfgklmnprstvxz]|[lnr][dkpstm]|rn|lf|lm|n[cg]|ngs|s[kpt]|ck|[cst]h|tch|mp|mb|ght"
    r"|[fls][fls]|[bdgkmnprt]s|ct|[fp]t|wn|wl|rth|lth|nth)?"
)
_SYLLABLES = re.compile(f"(?:{_ONSET}{_VOWEL}{_CODA})+e?")
_LONGEST_INITIALISM = 5
# Shorter ones are spelled even where they look like syllables (SEC); longer ones that do are words.
_SHORTEST_LIKELY_WORD = 4
# DVDs, MSAs, NASA's: capitals with a small s.
_WITH_S = re.compile(r"([A-Z]{2,})'?s")
_REPEATED = re.compile(r"(\w) \1(?: \1)?(?!\S)")
_TIMES = {3: "double", 5: "triple"}


def spell(word: str) -> str:
    """The letters of a word as words."""
    return " ".join(word.replace("'", ""))


def spelled_readings(folded: str) -> tuple[str, ...]:
    """Ways to say a word letter by letter: "n c a a", "n c double a"."""
    spelled = spell(folded)
    counted = _REPEATED.sub(lambda match: f"{_TIMES[len(match[0])]} {match[1]}", spelled)
    return (spelled,) if counted == spelled or len(folded) == 2 else (spelled, counted)


def pronounceable(word: str) -> bool:
    """Whether a short case-folded ASCII word looks like English syllables."""
    return len(word) <= 12 and bool(_SYLLABLES.fullmatch(word))


def is_spelled(folded: str) -> bool:
    """Whether a word is said letter by letter whatever its case."""
    if folded in SPELLED:
        return True
    if not _VOWELLESS.fullmatch(folded) or folded in _NOT_SPELLED:
        return False
    return len(set(folded)) > 1 or len(folded) == 2


def initialism_readings(word: str, shouted: bool) -> tuple[str, ...]:
    """Readings of an ASCII word of two or more letters that is in capitals or always spelled.

    Args:
        word: as written.
        shouted: whether the text is several words in capitals, which mean nothing then.
    """
    folded = word.lower()
    spelled, *counted = spelled_readings(folded)
    if is_spelled(folded):
        return (spelled, folded, *counted)
    if folded in SAID_AS_WORDS:
        return (folded, spelled)
    if shouted or len(folded) > _LONGEST_INITIALISM or folded in _COMMON_WORDS:
        return (folded,)
    if len(folded) < _SHORTEST_LIKELY_WORD or not pronounceable(folded):
        return (spelled, folded, *counted)
    return (folded, spelled) if len(folded) == _SHORTEST_LIKELY_WORD else (folded,)


def readings_with_s(word: str) -> tuple[str, ...]:
    """Readings of an initialism in the plural or genitive; empty for other words.

    The s belongs to the last letter: "d v d's" is said as "dee vee dees", "d v d s" is not.
    """
    match = _WITH_S.fullmatch(word)
    if not match:
        return ()
    plain, written = match[1].lower(), word.lower()
    readings = initialism_readings(match[1], shouted=False)
    return tuple(written if reading == plain else f"{reading}'s" for reading in readings)
