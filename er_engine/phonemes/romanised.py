"""Readings of words in regular romanisations, as English speakers say them.

Some spellings are closed systems: every word parts into syllables of a small set, and each syllable
has one sound. A word that parts into them wholly gets that reading, as a second one beside the
model's, which reads such words by English habits. Three systems: Korean (revised romanisation),
Mandarin (pinyin), and open syllables with the vowels of Italian, which fits Japanese (Hepburn) and
many Bantu, Yoruba, Igbo, Polynesian, Spanish and Italian names. Tones are not heard in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from er_engine.phonemes.inventory import from_arpabet
from er_engine.phonemes.words import Readings

# Raise the number when a word is read otherwise: indexes made before are then refused.
RULES_VERSION = "3"
_MAX_LETTERS = 20


@dataclass(frozen=True)
class _System:
    """A romanisation.

    Attributes:
        typical: found in any word that is taken for one of this system.
        least: the least number of syllables.
        syllables: the sound of each syllable, in ARPABET.
    """

    typical: re.Pattern[str]
    least: int
    syllables: Mapping[str, str]


def regular_readings(word: str) -> Readings:
    """Return at most one reading of a word of the letters a-z; none if no system fits it."""
    if len(word) > _MAX_LETTERS:
        return ()
    for system in _systems():
        if system.typical.search(word):
            sounds = _parted(word, system.syllables)
            if len(sounds) >= system.least:
                return (from_arpabet(_open_end(" ".join(sounds).split())),)
    return ()


def _parted(word: str, syllables: Mapping[str, str]) -> list[str]:
    """Return the sound of each syllable, long syllables first; none if the word doesn't part."""
    longest = max(map(len, syllables))
    # From the end: how the rest of the word parts, where it does.
    rests: dict[int, list[str]] = {len(word): []}
    for start in range(len(word) - 1, -1, -1):
        for end in range(min(len(word), start + longest), start, -1):
            sound = syllables.get(word[start:end])
            if sound is not None and end in rests:
                rests[start] = [sound, *rests[end]]
                break
    return rests.get(0, [])


def _open_end(symbols: list[str]) -> list[str]:
    """English words don't end in a short e: `EH` becomes `EY`."""
    return [*symbols[:-1], "EY"] if symbols[-1] == "EH" else symbols


@cache
def _systems() -> tuple[_System, ...]:
    return (
        _System(re.compile("eo|eu"), 2, _korean()),
        _System(re.compile("[xq]|zh|c(?!h)|iu|ui|uo|eng|[aio]ng|iao|ian"), 1, _pinyin()),
        _System(re.compile("^[^x]"), 2, _open_syllables()),
    )


def _pairs(text: str) -> dict[str, str]:
    """Read `zh=JH x=SH`; a sound of several symbols is joined by `+`, `-` stands for nothing."""
    pairs = (item.split("=") for item in text.split())
    return {key.replace("-", ""): sound.replace("+", " ").replace("-", "") for key, sound in pairs}


def _product(
    onsets: Mapping[str, str], nuclei: Mapping[str, str], codas: Mapping[str, str]
) -> dict[str, str]:
    return {
        a + b + c: f"{first} {vowel} {last}"
        for a, first in onsets.items()
        for b, vowel in nuclei.items()
        for c, last in codas.items()
    }


def _open_syllables() -> dict[str, str]:
    onsets = _pairs(
        "-=- b=B bb=B bh=B by=B+Y ch=CH cch=CH tch=CH d=D dd=D dh=D f=F ff=F g=G gb=B gg=G gh=G "
        "gw=G+W gy=G+Y h=HH hy=HH+Y j=JH jj=JH k=K kh=K kk=K kw=K+W ky=K+Y l=L ll=L m=M mb=M+B "
        "mm=M mp=M+P mw=M+W my=M+Y n=N nd=N+D ng=NG+G nj=N+JH nk=NG+K nn=N nt=N+T ny=N+Y nz=N+Z "
        "p=P pp=P py=P+Y r=R rr=R ry=R+Y s=S ss=S sh=SH ssh=SH t=T tt=T th=T ts=T+S tw=T+W v=V "
        "w=W y=Y z=Z zz=Z"
    )
    vowels = _pairs("a=AA aa=AA ai=AY au=AW ao=AW e=EH ee=EY ei=EY i=IY ii=IY o=OW oo=OW ou=OW")
    return _product(onsets, vowels | _pairs("u=UW uu=UW oi=OY"), _pairs("-=- n=N"))


def _korean() -> dict[str, str]:
    onsets = _pairs(
        "-=- g=G kk=K n=N d=D tt=T r=R m=M b=B pp=P s=S ss=S j=JH jj=JH ch=CH k=K t=T p=P h=HH"
    )
    vowels = _pairs(
        "a=AA ae=EH ya=Y+AA eo=AH e=EH yeo=Y+AH ye=Y+EH o=OW wa=W+AA wae=W+EH oe=W+EH yo=Y+OW "
        "u=UW wo=W+AH we=W+EH wi=W+IY yu=Y+UW eu=UH ui=IY i=IY"
    )
    return _product(onsets, vowels, _pairs("-=- k=K n=N t=T l=L m=M p=P ng=NG"))


def _pinyin() -> dict[str, str]:
    """Onsets with the finals that they take; the i that x, q and j bring along is not heard."""
    finals = _pairs(
        "a=AA ai=AY an=AA+N ang=AA+NG ao=AW ei=EY en=AH+N eng=AH+NG ong=UH+NG ou=OW e=AH "
        "u=UW ua=W+AA uai=W+AY uan=W+AA+N uang=W+AA+NG ui=W+EY un=UH+N uo=W+AO"
    )
    front = _pairs("i=IY ie=Y+EH in=IH+N ing=IH+NG ian=Y+EH+N iao=Y+AW iu=Y+OW")
    palatal = _pairs(
        "i=IY ia=AA ian=EH+N iang=AA+NG iao=AW ie=EH in=IH+N ing=IH+NG iong=UH+NG iu=OW u=UW "
        "ue=W+EH uan=W+EH+N un=UH+N"
    )
    buzzed = {**finals, "i": "ER"}
    y_finals = _pairs(
        "a=AA an=EH+N ang=AA+NG ao=AW e=EH i=IY in=IH+N ing=IH+NG o=OW ong=UH+NG ou=OW u=UW "
        "ue=W+EH uan=W+EH+N un=UH+N"
    )
    groups = (
        (_pairs("d=D t=T n=N l=L"), {**finals, **front, "ue": "W EH", "ia": "Y AA"}),
        (_pairs("b=B p=P m=M f=F"), {**finals, **front, "o": "W AO"}),
        (_pairs("g=G k=K h=HH"), finals),
        (_pairs("j=JH q=CH x=SH"), palatal),
        (_pairs("zh=JH ch=CH sh=SH r=R"), buzzed),
        (_pairs("z=Z c=T+S s=S"), {**finals, "i": "AH"}),
        (_pairs("l=L n=N"), _pairs("iang=Y+AA+NG")),
        (_pairs("w=W"), finals),
    )
    table = {a + b: f"{x} {y}" for on, fin in groups for a, x in on.items() for b, y in fin.items()}
    table.update({"y" + final: f"Y {sound}" for final, sound in y_finals.items()})
    alone = _pairs("a=AA ai=AY an=AA+N ang=AA+NG ao=AW e=AH en=AH+N er=ER ou=OW yi=IY")
    return {**table, **alone, "wo": "W AO", "wu": "W UW"}
