"""English numbers the way people say them, most common reading first."""

from __future__ import annotations

import re
from functools import lru_cache

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
# Fixed expressions that no rule gives.
_FIXED = {"911": "nine one one", "411": "four one one", "101": "one oh one", "404": "four oh four"}
_FRACTION_TOPS = frozenset("12345678")
_FRACTION_NAMES = {"2": "half", "3": "third", "4": "quarter", "5": "fifth", "8": "eighth"}
# Longer runs of digits are said digit by digit.
_LONGEST_CARDINAL = 15


@lru_cache(maxsize=4096)
def cardinal(digits: str, lang: str = "en") -> str:
    """Return a number in words as num2words says it, without hyphens; "" where it can't."""
    from num2words import num2words

    try:
        said = str(num2words(int(digits), lang=lang))
    except (NotImplementedError, OverflowError, ValueError, LookupError, TypeError, AttributeError):
        return ""
    return said.replace("-", " ").replace(",", "")


def number_readings(written: str) -> tuple[str, ...]:
    """Readings of `428`, `1,000`, `3.14`, `007`; at most six, distinct."""
    if "." in written:
        return _decimal(written)
    if "," in written:
        return _distinct(*_with_and(written.replace(",", "")))
    if len(written) > _LONGEST_CARDINAL:
        return (by_digit(written, "zero"),)
    if written[0] == "0" and len(written) > 1:
        return _leading_zero(written)
    if len(written) <= 2:
        return (cardinal(written),)
    if len(written) > 4:
        return _long(written)
    return _distinct(
        *([_FIXED[written]] if written in _FIXED else []),
        *(_hundreds(written) if len(written) == 3 else _thousands(written)),
        *([] if written.endswith("00") else [by_digit(written, "oh")]),
    )


def _distinct(*readings: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading for reading in readings if reading))[:6]


def _with_and(digits: str) -> tuple[str, ...]:
    """American, then British: "one hundred one", "one hundred and one"."""
    if len(digits) > _LONGEST_CARDINAL:
        return (by_digit(digits, "zero"),)
    british = cardinal(digits)
    article = ("a " + british.removeprefix("one "),) if british in _ROUND else ()
    return (british.replace(" and ", " "), british, *article)


_ROUND = frozenset({"one hundred", "one thousand", "one million", "one billion"})


def by_digit(digits: str, zero: str) -> str:
    """Each digit as a word, a zero as `zero`: "zero" or "oh"."""
    return " ".join(zero if digit == "0" else DIGITS[int(digit)] for digit in digits)


def _pair(digits: str) -> str:
    """Two digits as the end of a year: "eighty four", "oh five", "hundred"."""
    if digits == "00":
        return "hundred"
    return "oh " + cardinal(digits[1]) if digits[0] == "0" else cardinal(digits)


def _hundreds(digits: str) -> tuple[str, ...]:
    if digits.endswith("00"):
        return _with_and(digits)
    return (f"{cardinal(digits[0])} {_pair(digits[1:])}", *_with_and(digits))


def _thousands(digits: str) -> tuple[str, ...]:
    if digits[1:] == "000":
        return _with_and(digits)
    pairs = f"{cardinal(digits[:2])} {_pair(digits[2:])}"
    hundreds = f"{cardinal(digits[:2])} hundred {cardinal(digits[2:])}"
    if digits[1:3] == "00":
        return (*_with_and(digits), pairs)
    if digits[2] == "0" and digits[3] != "0" and digits[1] != "0":
        return (pairs, hundreds, *_with_and(digits)[:1])
    return (pairs, *_with_and(digits)[: 1 if digits[0] == "1" else 2])


def _long(digits: str) -> tuple[str, ...]:
    spelled = (by_digit(digits, "oh"), by_digit(digits, "zero"))
    if digits.endswith("000"):
        return _distinct(*_with_and(digits), *spelled)
    return _distinct(*spelled, *_with_and(digits))


def _leading_zero(digits: str) -> tuple[str, ...]:
    readings = [by_digit(digits, "oh"), by_digit(digits, "zero")]
    if digits.startswith("00"):
        rest = digits[2:]
        readings.insert(0, f"double oh {by_digit(rest, 'oh')}".strip())
    return _distinct(*readings)


def _decimal(written: str) -> tuple[str, ...]:
    whole, *fractions = written.replace(",", "").split(".")
    start = number_readings(whole)[0] if whole else ""
    if len(fractions) == 1:
        ends = [by_digit(fractions[0], zero) for zero in ("zero", "oh")]
        # ".44" may be a calibre.
        calibre = "" if whole else number_readings(fractions[0])[0]
        # Of a radio station, a version: "ninety one three", "two oh".
        bare = f"{start} {ends[-1]}" if start and len(fractions[0]) == 1 else ""
        return _distinct(*(f"{start} point {end}".strip() for end in ends), calibre, bare)
    parts = [number_readings(part)[0] for part in (whole or "0", *fractions)]
    return _distinct(" point ".join(parts), " ".join(parts))


def ordinal_readings(digits: str) -> tuple[str, ...]:
    """Readings of the ordinal with these digits: 21 gives "twenty first"."""
    return _distinct(*(_ordinal(reading) for reading in _whole_readings(digits)))


def plural_readings(digits: str) -> tuple[str, ...]:
    """Readings of `1970s`, `90s`, `747s` (digits only are given)."""
    return _distinct(*(_plural(reading) for reading in _whole_readings(digits)))


def _whole_readings(digits: str) -> tuple[str, ...]:
    """Readings that are not digit by digit."""
    spelled = {by_digit(digits.replace(",", ""), zero) for zero in ("oh", "zero")}
    readings = number_readings(digits)
    return tuple(r for r in readings if r not in spelled or len(digits) == 1) or readings


def _ordinal(reading: str) -> str:
    head, _, last = reading.rpartition(" ")
    if last in _IRREGULAR_ORDINALS:
        last = _IRREGULAR_ORDINALS[last]
    else:
        last = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return f"{head} {last}".strip()


def _plural(reading: str) -> str:
    if reading.endswith("y"):
        return reading[:-1] + "ies"
    return reading + ("es" if reading.endswith("x") else "s")


def counted_readings(digits: str) -> tuple[str, ...]:
    """Readings of a number with leading zeros that counts something: "Vol. 01" is volume one."""
    return _distinct(number_readings(digits.lstrip("0") or "0")[0], *number_readings(digits))


def day_readings(written: str) -> tuple[str, ...]:
    """Readings of a number after the name of a month: "July 4" is July fourth."""
    if not written.isdigit() or len(written) > 2 or not 1 <= int(written) <= 31:
        return number_readings(written)
    day = str(int(written))
    return _distinct(ordinal_readings(day)[0], cardinal(day))


def mixed_readings(whole: str, fraction: str) -> tuple[str, ...]:
    """Readings of a whole number and a fraction: `8 1/2` is eight and a half."""
    parts = fraction.split("/")
    readings = _fraction(*parts) if len(parts) == 2 else ()
    start = number_readings(whole)[0]
    return _distinct(*(f"{start} and {reading}" for reading in reversed(readings)))


def parts_readings(written: str) -> tuple[str, ...]:
    """Readings of numbers joined by colons or slashes: `7:30`, `9/11`, `24/7`, `1/2`."""
    if ":" in written:
        return _time(re.split("[:/]", written))
    parts = written.split("/")
    plain = " ".join(number_readings(part)[0] for part in parts)
    return _distinct(*(_fraction(*parts) if len(parts) == 2 else ()), plain)


def _time(parts: list[str]) -> tuple[str, ...]:
    hour = number_readings(parts[0])[0]
    if len(parts) == 2 and parts[1] == "00":
        return (f"{hour} o'clock", hour, f"{hour} hundred")
    plain = " ".join(
        [hour, *(_pair(p) if len(p) == 2 else number_readings(p)[0] for p in parts[1:])]
    )
    if len(parts) == 2 and parts[1] == "30":
        return (plain, f"half past {hour}")
    return (plain,)


def _fraction(above: str, below: str) -> tuple[str, ...]:
    """One half, three quarters; nothing where it is not said as a fraction."""
    if above not in _FRACTION_TOPS or below not in _FRACTION_NAMES or above >= below:
        return ()
    name = _FRACTION_NAMES[below]
    if above == "1":
        return (f"one {name}", f"a {name}")
    return (f"{DIGITS[int(above)]} {name}s",)


def phone_readings(written: str) -> tuple[str, ...]:
    """Readings of a telephone number: digit by digit."""
    digits = "".join(char for char in written if char.isdigit())
    return _distinct(by_digit(digits, "oh"), by_digit(digits, "zero"))


_CURRENCIES = {
    "$": ("dollar", "dollars", "cents"),
    "€": ("euro", "euros", "cents"),
    "£": ("pound", "pounds", "pence"),
    "¥": ("yen", "yen", ""),
    "₹": ("rupee", "rupees", "paise"),
}


CURRENCY_WORDS = {sign: words[1] for sign, words in _CURRENCIES.items()}


def money_readings(written: str, scale: str = "") -> tuple[str, ...]:
    """Readings of `$5`, `$9.99`, and with a scale word (`million`) of `$5 million`."""
    one, many, small = _CURRENCIES[written[0]]
    amount = written[1:].strip()
    if scale:
        return _distinct(*(f"{reading} {scale} {many}" for reading in number_readings(amount)[:2]))
    whole, _, fraction = amount.partition(".")
    if len(fraction) == 2 and whole and small and fraction.isdigit() and fraction != "00":
        start, end = number_readings(whole)[0], number_readings(fraction.lstrip("0"))[0]
        unit = one if whole == "1" else many
        full = f"{start} {unit} and {end} {small}"
        return _distinct(full, full.replace(" and ", " "), f"{start} {_pair(fraction)}")
    if fraction.strip("0") == "" and whole:
        amount = whole
    unit = one if amount == "1" else many
    readings = number_readings(amount)
    if len(readings) > 2 and "." not in amount:
        readings = _with_and(amount.replace(",", ""))
    return _distinct(*(f"{reading} {unit}" for reading in readings))
