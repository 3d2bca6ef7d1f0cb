"""The part of the report about error rates: the summary, each set's ladder, the semantic half."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy.markdown import p_value, percent, table, with_interval

Figures = dict[str, Any]
NBEST = "nbest"
KS = ("1", "3", "10")
TRAINED = "phonetic vectors"
WITHOUT_NBEST = "phonetic vectors without n-best training"
WITHOUT_SEMANTIC = "engine without the semantic tower"
SINGLE_WORDS = {"first": "the first hypothesis", "each": "every hypothesis alone"}


def summary(sets: Sequence[Figures]) -> list[str]:
    """One line for each set: the engine beside the strongest of each kind, whole n-best lists."""
    rows = []
    for one in sets:
        ladder = one["ladders"][NBEST]
        systems = ladder["systems"]
        against = systems["engine"]["reduction"]
        by_sum = systems["sum"]["engine_reduction"]
        rows.append(
            [
                f"{one['name']}: {one['title']}",
                f"{one['queries']:,} of {one['total_queries']:,}",
                f"{one['entities']:,}",
                f"{percent(systems[ladder['lexical']]['error']['1'])} `{ladder['lexical']}`",
                percent(systems[ladder["classical"]]["error"]["1"]),
                percent(systems["sum"]["error"]["1"]),
                f"**{percent(systems['engine']['error']['1'])}**",
                with_interval(against["reduction"], against["interval"]),
                p_value(against["p"]),
                with_interval(by_sum["reduction"], by_sum["interval"]),
            ]
        )
    header = ["set", "queries", "entities", "lexical", "metaphone", "sum", "engine"]
    header += ["reduction against lexical", "p", "against sum"]
    splits = [f"- {one['name']}: {one['split']}." for one in sets]
    return [*table(header, rows), *splits, ""]


def steps_of(one: Figures) -> list[tuple[str, str]]:
    """The steps of the ladder: what the report calls them, and the system's name."""
    ladder = one["ladders"][NBEST]
    steps = [
        (f"strongest lexical: `{ladder['lexical']}`", ladder["lexical"]),
        (f"classical phonetic: `{ladder['classical']}`", ladder["classical"]),
        ("`sum` of simple similarities", "sum"),
        ("phonetic tower without n-best training", WITHOUT_NBEST),
        ("phonetic tower, n-best training", TRAINED),
        ("semantic tower", "semantic vectors"),
        ("weighted sum of both towers", "sum vectors"),
        ("+ rerank = the engine", "engine"),
    ]
    return [(label, name) for label, name in steps if name in ladder["systems"]]


def ladder_section(one: Figures) -> list[str]:
    """The ladder of one set."""
    single, whole = one["ladders"][one["single"]], one["ladders"][NBEST]
    rows = []
    for label, name in steps_of(one):
        alone, found = single["systems"][name], whole["systems"][name]
        reduction = found["reduction"]
        is_lexical = name == whole["lexical"]
        rows.append(
            [
                label,
                with_interval(alone["error"]["1"], alone["interval"]["1"]),
                *(with_interval(found["error"][k], found["interval"][k]) for k in KS),
                "" if is_lexical else with_interval(reduction["reduction"], reduction["interval"]),
                "" if is_lexical else p_value(reduction["p"]),
            ]
        )
    words = SINGLE_WORDS[one["single"]]
    header = ["system", f"@1, {words}", "@1, n-best", "@3, n-best", "@10, n-best"]
    header += ["reduction @1", "p"]
    against = single["systems"]["engine"]["reduction"]
    best = f"`{single['lexical']}` {percent(single['systems'][single['lexical']]['error']['1'])}"
    about = f"{one['asked_entities']:,} entities or sets of equally right ones"
    asked = f"{one['queries']:,} of {one['total_queries']:,} queries about {about}"
    reduced = with_interval(against["reduction"], against["interval"])
    forms = [f"Surface forms: {', '.join(f'`{form}`' for form in one['templates'])}.", ""]
    return [
        f"### {one['name']}: {one['title']}",
        "",
        *(forms if one["templates"] else []),
        f"{asked}; {one['entities']:,} entities; {one['split']}.",
        "",
        *table(header, rows),
        f"With {words} ({single['cases']:,} queries) the strongest lexical baseline is {best}.",
        f"The engine's reduction against it is {reduced} %, p {p_value(against['p'])}.",
        "",
    ]


def training_section(sets: Sequence[Figures]) -> list[str]:
    """The phonetic tower with and without training on n-best lists."""
    rows = _compared(sets, WITHOUT_NBEST, TRAINED, "gain")
    header = ["set", "hypotheses", "without n-best training", "with it", "reduction", "p"]
    return table(header, rows) if rows else ["No other tower was measured.", ""]


def semantic_section(sets: Sequence[Figures]) -> list[str]:
    """The engine with and without the semantic tower."""
    rows = _compared(sets, WITHOUT_SEMANTIC, "engine", "engine_reduction")
    header = ["set", "hypotheses", "phonetic tower alone", "both towers", "reduction", "p"]
    return table(header, rows) if rows else ["The model has one tower.", ""]


def _compared(sets: Sequence[Figures], less: str, more: str, gain: str) -> list[list[str]]:
    """Two systems in both modes of each set; `gain` is where `less` keeps what `more` brings."""
    return [
        [
            one["name"],
            "n-best" if mode == NBEST else SINGLE_WORDS[mode],
            *(
                with_interval(systems[name]["error"]["1"], systems[name]["interval"]["1"])
                for name in (less, more)
            ),
            with_interval(systems[less][gain]["reduction"], systems[less][gain]["interval"]),
            p_value(systems[less][gain]["p"]),
        ]
        for one in sets
        for mode in (one["single"], NBEST)
        if less in (systems := one["ladders"][mode]["systems"])
    ]


def curve_section(sets: Sequence[Figures], numbers: Sequence[int]) -> list[str]:
    """Error @1 against the number of hypotheses."""
    rows = [
        [one["name"], system, *(percent(value) for value in values)]
        for one in sets
        for system, values in one["curve"].items()
    ]
    return table(["set", "system", *(f"n = {n}" for n in numbers)], rows)


def parts_section(one: Figures) -> list[str]:
    """Errors of the parts of one set."""
    rows = [
        [
            part["part"],
            f"{part['queries']:,}",
            with_interval(part["errors"]["engine"], part["interval"]),
            percent(part["errors"].get("lexical")),
            percent(part["errors"].get("sum")),
        ]
        for part in one["parts"]
    ]
    header = ["part", "queries", "engine @1", "lexical @1", "sum @1"]
    return [f"### {one['name']}: parts", "", *table(header, rows)]
