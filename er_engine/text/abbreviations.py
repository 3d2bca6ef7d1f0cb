"""Tables of English abbreviations: what they stand for, and where.

Keys are case-folded and without full stops. Values are readings, the most common first.
"""

from __future__ import annotations

# Wherever they stand, in any case, with or without a full stop.
ALWAYS: dict[str, tuple[str, ...]] = {
    "mr": ("mister",),
    "mrs": ("missus",),
    "ms": ("miz", "miss"),
    "jr": ("junior",),
    "sr": ("senior",),
    "vs": ("versus",),
    "feat": ("featuring",),
    "sgt": ("sergeant",),
    "capt": ("captain",),
    "lt": ("lieutenant",),
    "dept": ("department",),
    "blvd": ("boulevard",),
    "hwy": ("highway",),
    "pkwy": ("parkway",),
    "ltd": ("limited",),
    "mlle": ("mademoiselle",),
    "mme": ("madame",),
    "etc": ("et cetera",),
    "inc": ("inc", "incorporated"),
    "corp": ("corp", "corporation"),
    "wwi": ("world war one", "w w one"),
    "wwii": ("world war two", "w w two"),
    "tv": ("t v",),
    "ok": ("okay",),
    "phd": ("p h d",),
    "xxx": ("triple x", "x x x"),
    "aaa": ("triple a", "a a a"),
}

# Only where a full stop follows: without it they are words or names of their own.
DOTTED: dict[str, tuple[str, ...]] = {
    "prof": ("professor",),
    "rev": ("reverend",),
    "gov": ("governor",),
    "gen": ("general",),
    "sen": ("senator",),
    "col": ("colonel",),
    "maj": ("major",),
    "cpl": ("corporal",),
    "pvt": ("private",),
    "lieut": ("lieutenant",),
    "supt": ("superintendent",),
    "det": ("detective",),
    "hon": ("honorable",),
    "bros": ("brothers", "bros"),
    "assn": ("association",),
    "univ": ("university",),
    "intl": ("international",),
    "esq": ("esquire",),
    "ave": ("avenue",),
    "rd": ("road",),
    "ln": ("lane",),
    "mt": ("mount",),
    "co": ("company", "co"),
}
NEVER_FIRST = frozenset({"co"})

# Before a number or a Roman numeral.
BEFORE_NUMBER: dict[str, tuple[str, ...]] = {
    "vol": ("volume",),
    "pt": ("part",),
    "no": ("number",),
    "nos": ("numbers",),
    "ch": ("chapter",),
    "ep": ("episode",),
    "bk": ("book",),
    "apt": ("apartment",),
    "ste": ("suite",),
    "op": ("opus",),
    "rt": ("route",),
    "rte": ("route",),
    "ww": ("world war", "w w"),
}
# These of them need their full stop.
WORDS_WITHOUT_DOT = frozenset({"no", "apt", "op", "ste"})

# Last in a name or in a part of one.
STREET_ENDINGS: dict[str, str] = {"ave": "avenue", "rd": "road", "ln": "lane"}
# There only where they are written with one capital.
CAPITALISED_ENDINGS = frozenset({"cir", "ct", "pl", "sq", "trl"})

# After a house number and the words of a street's name.
STREET_TYPES: dict[str, str] = {
    **STREET_ENDINGS,
    "aly": "alley",
    "blvd": "boulevard",
    "cir": "circle",
    "cres": "crescent",
    "ct": "court",
    "dr": "drive",
    "expy": "expressway",
    "fwy": "freeway",
    "hwy": "highway",
    "pkwy": "parkway",
    "pl": "place",
    "plz": "plaza",
    "sq": "square",
    "st": "street",
    "ter": "terrace",
    "trl": "trail",
}
# Between a house number and its street, or behind that.
DIRECTIONS: dict[str, str] = {
    "N": "north",
    "S": "south",
    "E": "east",
    "W": "west",
    "NE": "northeast",
    "NW": "northwest",
    "SE": "southeast",
    "SW": "southwest",
}
# Before a number, in an address.
UNITS: dict[str, str] = {"apt": "apartment", "ste": "suite"}

# Capitalised before a number.
MONTHS: dict[str, str] = {
    "jan": "january",
    "feb": "february",
    "mar": "march",
    "apr": "april",
    "aug": "august",
    "sept": "september",
    "oct": "october",
    "nov": "november",
    "dec": "december",
}
MONTH_NAMES = frozenset({*MONTHS.values(), "may", "june", "july"})

STATES: dict[str, str] = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
    "CO": "colorado", "CT": "connecticut", "DE": "delaware", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa",
    "KS": "kansas", "KY": "kentucky", "LA": "louisiana", "ME": "maine", "MD": "maryland",
    "MA": "massachusetts", "MI": "michigan", "MN": "minnesota", "MS": "mississippi",
    "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "new hampshire",
    "NJ": "new jersey", "NM": "new mexico", "NY": "new york", "NC": "north carolina",
    "ND": "north dakota", "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania",
    "RI": "rhode island", "SC": "south carolina", "SD": "south dakota", "TN": "tennessee",
    "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
    "WV": "west virginia", "WI": "wisconsin", "WY": "wyoming", "DC": "d c",
}  # fmt: skip

# After an amount of money: "$5 million".
SCALES = frozenset({"hundred", "thousand", "million", "billion", "trillion"})

SYMBOLS: dict[str, tuple[str, ...]] = {
    "&": ("and",),
    "+": ("plus", "and"),
    "@": ("at",),
    "%": ("percent",),
    "=": ("equals",),
    "°": ("degrees",),
}

# How other languages read "&" and "+".
AND: dict[str, str] = {
    "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en", "sv": "och",
    "da": "og", "no": "og", "pl": "i", "ru": "и", "fi": "ja", "cs": "a", "tr": "ve",
}  # fmt: skip
