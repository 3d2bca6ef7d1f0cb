"""The part of the report about retrieval and about probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy.markdown import UNDEFINED, p_value, percent, table, with_interval

Figures = dict[str, Any]
WHOLE, HALF, AS_SUPPOSED = "whole", "half removed", "as supposed"


def retrieval_section(sets: Sequence[Figures]) -> list[str]:
    """How often the right entity is retrieved at all."""
    rows = [
        [
            one["name"],
            f"{found['candidates']:.0f}",
            percent(found["retrieved"]),
            percent(found["vectors"]),
            f"{found['aligned_queries']}",
            percent(found["retrieved_of_these"]),
            percent(found["aligned"]),
        ]
        for one in sets
        for found in [one["retrieval"]]
    ]
    header = ["set", "candidates, mean", "right one retrieved", "in first 100 by vectors"]
    header += ["queries also aligned", "of these retrieved", "of these in first 100 by alignment"]
    return table(header, rows)


def calibration_section(sets: Sequence[Figures]) -> list[str]:
    """Expected calibration errors and what the decisions are worth."""
    rows = []
    for one in sets:
        for label, found in _calibrations(one):
            decisions = [
                f"{d['queries']:,} ({percent(d['right'])})" for d in found["decisions"].values()
            ]
            rows.append(
                [
                    one["name"],
                    label,
                    f"{found['queries']:,}",
                    f"{found['error']:.3f}",
                    f"{found['by_chance']:.3f}",
                    f"{found['known_share']['error']:.3f}",
                    f"{one['removed']['as_supposed']['error']:.3f}"
                    if label == WHOLE and one["removed"]
                    else "",
                    *decisions,
                ]
            )
    header = ["set", "catalog", "queries", "calibration error", "by chance", "share known"]
    header += ["as supposed"]
    header += [f"{d} (right)" for d in ("match", "ambiguous", "no_match")]
    return table(header, rows)


def _calibrations(one: Figures) -> list[tuple[str, Figures]]:
    found = [(WHOLE, one["calibration"])]
    if one["removed"]:
        found.append((HALF, one["removed"]["calibration"]))
    return found


def pooled(parts: Sequence[Figures]) -> Figures:
    """Join reliability figures: bins added up, the calibration error over all queries."""
    bins = []
    for same in zip(*(part["bins"] for part in parts), strict=True):
        count = sum(b["count"] for b in same)
        filled = [b for b in same if b["count"]]
        bins.append(
            {
                "from": same[0]["from"],
                "count": count,
                "said": sum(b["count"] * b["said"] for b in filled) / count if count else None,
                "right": sum(b["count"] * b["right"] for b in filled) / count if count else None,
            }
        )
    queries = sum(b["count"] for b in bins)
    error = sum(b["count"] * abs(b["right"] - b["said"]) for b in bins if b["count"])
    return {"bins": bins, "error": error / max(1, queries), "queries": queries}


def all_calibrations(sets: Sequence[Figures]) -> dict[str, Figures]:
    """Every set joined: whole, with half removed, and as often nothing as is supposed."""
    removed = [one["removed"] for one in sets if one["removed"]]
    whole, half = [one["calibration"] for one in sets], [one["calibration"] for one in removed]
    found = {
        WHOLE: whole,
        f"{WHOLE}, share known": [one["known_share"] for one in whole],
        HALF: half,
        f"{HALF}, share known": [one["known_share"] for one in half],
        AS_SUPPOSED: [one["as_supposed"] for one in removed],
    }
    return {label: pooled(parts) for label, parts in found.items() if parts}


def bins_section(named: Sequence[tuple[str, Figures]]) -> list[str]:
    """Reliability: in each bin how many queries, mean probability and share that was right."""
    rows = []
    for name, found in named:
        cells = [
            f"{b['count']:.0f}: {percent(b['said'], 0)} / {percent(b['right'], 0)}"
            if b["count"]
            else UNDEFINED
            for b in found["bins"]
        ]
        rows.append([name, f"{found['error']:.3f}", *cells])
    bins = len(named[0][1]["bins"])
    width = 100 / bins
    header = ["", "error", *(f"{width * i:.0f}-{width * (i + 1):.0f} %" for i in range(bins))]
    return table(header, rows)


def removed_section(sets: Sequence[Figures]) -> list[str]:
    """With half the catalog removed: how well gaps are noticed, and errors at 5 % refused."""
    rows = []
    for one in sets:
        found = one["removed"]
        if not found:
            continue
        lexical = next(name for name in found["error"] if name not in ("engine", "sum"))
        interval = found["auroc_interval"]
        between = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
        rows.append(
            [
                one["name"],
                f"{found['with_right']} + {found['without_right']}",
                f"{found['auroc']['engine']:.3f}{between}",
                f"{found['auroc'][lexical]:.3f}",
                f"{found['auroc']['sum']:.3f}",
                percent(found["false_accept"]["engine"]),
                with_interval(found["error"]["engine"], found["interval"]["engine"]),
                f"{percent(found['error'][lexical])} `{lexical}`",
                with_interval(found["reduction"], found["reduction_interval"]),
                p_value(found["p"]),
                f"{found['nothing']['error']:.3f}",
            ]
        )
    header = ["set", "queries with + without", "AUROC engine", "lexical", "sum", "still answered"]
    header += ["error engine", "lexical", "reduction", "p", "no-match calibration, share known"]
    return table(header, rows)


def said_section(sets: Sequence[Figures]) -> list[str]:
    """How well gaps are noticed, by what was said."""
    rows = [
        [
            one["name"],
            part["said"],
            f"{part['with_right']} + {part['without_right']}",
            f"{part['auroc']:.3f}",
        ]
        for one in sets
        if one["removed"]
        for part in one["removed"]["by_said"]
    ]
    return table(["set", "said", "queries with + without", "AUROC engine"], rows) if rows else []


def sizes_section(found: Sequence[Figures]) -> list[str]:
    """The same queries against larger and larger catalogs."""
    rows = [
        [
            one["title"],
            f"{size['entities']:,}",
            f"{size['queries']:,}",
            with_interval(size["error"], size["interval"]),
            f"{size['auroc']:.3f}",
            f"{size['calibration']['error']:.3f}",
            f"{size['known_share']:.3f}",
        ]
        for one in found
        for size in one["sizes"]
    ]
    header = ["set", "entities", "queries", "error @1", "AUROC of no-match", "calibration error"]
    header += ["share known"]
    return table(header, rows)
