"""Stems of drug names: endings that are always said alike (`-prazole`, `-sartan`, `-mab` ...).

The stems are those of the International Nonproprietary Names; their sounds are written here as
English speakers say them, in ARPABET.
"""

from __future__ import annotations

from er_engine.phonemes.inventory import from_arpabet
from er_engine.types import Pronunciation

MIN_PREFIX = 2
_STEMS = """
    azepam=AE Z AH P AE M; azolam=AE Z OW L AE M; barbital=B AA R B IH T AA L
    bactam=B AE K T AE M; caine=K EY N; cillin=S IH L IH N; citabine=S AY T AH B IY N
    conazole=K OW N AH Z OW L; coxib=K AA K S IH B; cycline=S AY K L IY N
    cyclovir=S AY K L OW V IH R; dipine=D IH P IY N; dronate=D R OW N EY T
    fibrate=F AY B R EY T; floxacin=F L AA K S AH S IH N; formin=F AO R M IH N
    gabalin=G AE B AH L IH N; gepant=JH EH P AE N T; gliflozin=G L IH F L OW Z IH N
    gliptin=G L IH P T IH N; glitazone=G L IH T AH Z OW N; glutide=G L UW T AY D
    kinra=K IH N R AH; lukast=L UW K AE S T; mycin=M AY S IH N; nidazole=N AY D AH Z OW L
    olol=AH L AO L; olone=AH L OW N; oxaban=AA K S AH B AE N; oxetine=AA K S AH T IY N
    parin=P AE R IH N; parib=P AH R IH B; peridol=P EH R IH D AO L; piprazole=P IH P R AH Z OW L
    prazole=P R AH Z OW L; pril=P R IH L; rafenib=R AE F AH N IH B; sartan=S AA R T AH N
    semide=S AH M AY D; setron=S EH T R AA N; solone=S AH L OW N; statin=S T AE T IH N
    tadine=T AH D IY N; terol=T ER AO L; thiazide=TH AY AH Z AY D; tidine=T IH D IY N
    tinib=T IH N IH B; trexate=T R EH K S EY T; triptan=T R IH P T AE N
    triptyline=T R IH P T AH L IY N; zepam=Z AH P AE M; zosin=Z OW S IH N; zumab=Z UW M AE B
    ximab=K S IH M AE B; lizumab=L IH Z UW M AE B; tumab=T UW M AE B; mumab=M UW M AE B
    cept=S EH P T; ciclib=S AY K L IH B; navir=N AH V IH R; tegravir=T EH G R AH V IH R
    buvir=B Y UW V IH R; pitant=P IH T AH N T; prost=P R AA S T; profen=P R OW F AH N
    mab=M AE B; nib=N IH B
"""
_SOUNDS = dict(
    item.strip().split("=") for item in _STEMS.replace("\n", ";").split(";") if item.strip()
)
_LONGEST = max(map(len, _SOUNDS))


def stem_of(word: str) -> tuple[str, Pronunciation] | None:
    """Return what precedes the longest stem that ends the word, and the stem's sound."""
    for length in range(min(_LONGEST, len(word) - MIN_PREFIX), 2, -1):
        sound = _SOUNDS.get(word[-length:])
        if sound is not None:
            return word[:-length], from_arpabet(sound.split())
    return None
