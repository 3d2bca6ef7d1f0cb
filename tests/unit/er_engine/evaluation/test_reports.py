import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from er_engine.evaluation.confusions import worst_confusions
from er_engine.evaluation.evaluation import Evaluation
from er_engine.evaluation.html_report import html_report
from er_engine.evaluation.slices import by_tag, by_type
from er_engine.evaluation.summary import summarise
from er_engine.evaluation.svg import Bar, Curve, bar_plot, line_plot
from er_engine.evaluation.systems import SystemRun
from er_engine.evaluation.table import print_evaluation
from er_engine.evaluation.trec import escape_id, write_trec
from er_engine.types import Query
from tests.unit.er_engine.evaluation.stand_ins import SpellingG2P, query

NAMES = {"a b": "Abba <b>", "c": "Cars", "d": "Dune & Co"}
TYPES = {"a b": "band", "c": "film", "d": "film"}


def made_run(name: str, cases: list[Query], answers: list[str]) -> SystemRun:
    """Answer each query with the entities of a string such as `c,d`, best first."""
    tops, ranks = [], []
    for case, answer in zip(cases, answers, strict=True):
        ids = [id_ for id_ in answer.split(",") if id_]
        tops.append(tuple((id_, 1.0 - 0.1 * i) for i, id_ in enumerate(ids)))
        ranks.append(next((i for i, id_ in enumerate(ids, 1) if id_ in case.entity_ids), np.inf))
    return SystemRun(
        name, np.array(ranks), tops, [1.0, 2.0, 3.0], np.array([0.1, 0.2, 0.3, 0.9, 0.1])
    )


@pytest.fixture
def evaluation() -> Evaluation:
    """Five queries, one without a right entity; the engine misses one, lexical three."""
    cases = [
        query("q 1", "abba", right=["a b"], tags={"voice": "slt", "clean": True}),
        query("q2", "kars", right=["c"], tags={"voice": "awb"}),
        query("q3", "doon", right=["d"], tags={"voice": "awb"}),
        query("q4", "nothing at all", tags={"voice": "awb"}),
        query("q5", "doom", right=["d"]),
    ]
    engine = made_run("engine", cases, ["a b", "c,d", "d", "c", "c,d"])
    baselines = [
        made_run("bm25_words", cases, ["c", "d", "a b", "c", ""]),
        made_run("rapidfuzz_ratio", cases, ["a b", "d,c", "c,d", "c", "c"]),
        made_run("sum", cases, ["a b", "c", "d", "d", "c"]),
    ]
    return Evaluation("nbest", (1, 3), cases, engine, baselines)


def test_json_has_the_documented_shape(evaluation: Evaluation) -> None:
    """All keys that the design documents, with hand-computed values."""
    found = summarise(evaluation, by_type(evaluation, TYPES), by_tag(evaluation))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["queries"] == 5
    assert found["hypotheses"] == "nbest"
    assert set(found["systems"]) == {"engine", "lexical", "bm25_words", "rapidfuzz_ratio", "sum"}
    engine = found["systems"]["engine"]
    assert engine["error_rate"] == {"1": 0.25, "3": 0.0}
    assert engine["mrr"] == 0.875
    assert engine["latency_ms"] == {"p50": 2.0, "p95": 2.9, "p99": 2.98}
    assert found["systems"]["lexical"]["name"] == "rapidfuzz_ratio"
    assert found["systems"]["lexical"]["error_rate"] == {"1": 0.75, "3": 0.25}
    assert found["relative_error_reduction"] == {"1": pytest.approx(2 / 3, abs=1e-6), "3": 1.0}
    low, high = found["confidence_interval_95"]["1"]
    assert low <= 2 / 3 <= high
    assert found["no_match"] == {"auroc": 1.0, "false_accept_at_5pct_false_reject": 0.0}


def test_no_match_is_absent_when_every_query_has_a_right_entity(evaluation: Evaluation) -> None:
    """Without such queries there is nothing to measure."""
    kept = [0, 1, 2, 4]
    runs = [
        SystemRun(run.name, run.ranks[kept], [run.tops[i] for i in kept], [1.0], np.full(4, 0.1))
        for run in evaluation.runs
    ]
    cases = [evaluation.cases[i] for i in kept]
    found = summarise(Evaluation("nbest", (1,), cases, runs[0], runs[1:]), [], [])
    assert "no_match" not in found


def test_without_baselines_there_is_no_comparison(evaluation: Evaluation) -> None:
    """The engine stands alone, and the keys of the comparison stay, empty."""
    found = summarise(Evaluation("nbest", (1, 3), evaluation.cases, evaluation.engine, []), [], [])
    assert list(found["systems"]) == ["engine"]
    assert found["relative_error_reduction"] == {}
    assert found["confidence_interval_95"] == {}


def test_the_same_evaluation_gives_the_same_json(evaluation: Evaluation) -> None:
    """Resampling is seeded."""
    again = Evaluation(
        evaluation.mode, evaluation.ks, evaluation.cases, evaluation.engine, evaluation.baselines
    )
    assert summarise(evaluation, [], []) == summarise(again, [], [])


def test_slices_count_their_own_queries(evaluation: Evaluation) -> None:
    """By type of the right entity and by each value of each tag; bare tags by name."""
    types = {part.name: part for part in by_type(evaluation, TYPES)}
    assert {name: part.queries for name, part in types.items()} == {"band": 1, "film": 3}
    assert types["film"].errors["engine"][1] == pytest.approx(1 / 3)
    assert types["film"].errors["lexical"][1] == 1.0
    tags = {part.name: part.queries for part in by_tag(evaluation)}
    assert tags == {"voice=awb": 2, "voice=slt": 1, "clean": 1}


def test_many_queries_about_one_entity_are_no_more_certain(evaluation: Evaluation) -> None:
    """The interval of a slice resamples entities, as all intervals do."""
    times = 30
    cases = [replace(case, id=f"{case.id}#{n}") for case in evaluation.cases for n in range(times)]
    runs = [
        replace(
            run,
            ranks=np.repeat(run.ranks, times),
            tops=[top for top in run.tops for _ in range(times)],
            no_match=None,
        )
        for run in evaluation.runs
    ]
    often = Evaluation("each", (1, 3), cases, runs[0], runs[1:])
    once, repeated = (
        next(part for part in by_type(asked, TYPES) if part.name == "film")
        for asked in (evaluation, often)
    )
    assert repeated.queries == times * once.queries
    assert repeated.interval == pytest.approx(once.interval)


def test_tags_with_many_values_are_left_out(evaluation: Evaluation) -> None:
    """A tag that is different for nearly every query is no group."""
    cases = [query(f"q{n}", "x", right=["c"], tags={"take": f"take {n}"}) for n in range(30)]
    run = SystemRun("engine", np.ones(30), [()] * 30, [1.0])
    assert by_tag(Evaluation("nbest", (1,), cases, run, [])) == []


def test_numbers_are_put_into_ranges() -> None:
    """Four ranges with about as many queries each, in order; queries without the tag in none."""
    values = [None, *(n / 10 - 2 for n in range(40))]
    cases = [query(f"q{n}", "x", right=["c"], tags={"pitch": v}) for n, v in enumerate(values)]
    run = SystemRun("engine", np.ones(41), [()] * 41, [1.0])
    parts = by_tag(Evaluation("nbest", (1,), cases, run, []))
    assert [(part.name, part.queries) for part in parts] == [
        ("pitch=-2 to -1.1", 10),
        ("pitch=-1 to -0.1", 10),
        ("pitch=0 to 0.9", 10),
        ("pitch=1 to 1.9", 10),
    ]


def test_few_numbers_stay_as_they_are() -> None:
    """Four noise levels are four lines, by size and not by spelling."""
    levels = [8, 24, 32, 100] * 2
    cases = [query(f"q{n}", "x", right=["c"], tags={"snr": v}) for n, v in enumerate(levels)]
    run = SystemRun("engine", np.ones(8), [()] * 8, [1.0])
    parts = by_tag(Evaluation("nbest", (1,), cases, run, []))
    assert [part.name for part in parts] == ["snr=8", "snr=24", "snr=32", "snr=100"]


def test_confusions_say_what_was_heard_and_how_it_sounds(evaluation: Evaluation) -> None:
    """Only misses are listed, with both pronunciations and their alignment."""
    (found,) = worst_confusions(evaluation, NAMES, SpellingG2P(), "en")
    assert (found.right, found.answered, found.heard, found.count) == (
        "Dune & Co",
        "Cars",
        "doom",
        1,
    )
    assert found.heard_sounds == tuple("doom")
    assert [step[0] for step in found.steps if step[0]] == list("doom")


class Collector(HTMLParser):
    """Collects tags, attributes that could load something, and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        self.tags.append(tag)
        self.links += [v or "" for name, v in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        self.text += data


def test_html_needs_nothing_from_outside(evaluation: Evaluation) -> None:
    """No script, link, image or URL; names are escaped; the plots are inline."""
    page = html_report(
        evaluation,
        by_type(evaluation, TYPES),
        by_tag(evaluation),
        worst_confusions(evaluation, NAMES, SpellingG2P(), "en"),
    )
    parser = Collector()
    parser.feed(page)
    assert not parser.links
    assert not {"script", "link", "img", "iframe"} & set(parser.tags)
    assert not re.search(r"https?:|//\w|@import|url\(", page)
    assert parser.tags.count("svg") == 2
    # On a phone they scroll by themselves.
    assert len(re.findall(r"<div class='wide'><(?:svg|table)", page)) == 6
    assert "Dune & Co" in parser.text
    for heading in ("Systems", "Error rate @k", "Relative error reduction", "No match", "By tag"):
        assert heading in parser.text


def test_html_escapes_names(evaluation: Evaluation) -> None:
    """A name that looks like markup stays text."""
    cases = [query("q", "<i>abba</i>", right=["a b"])]
    run = SystemRun("engine", np.array([2.0]), [(("c", 1.0), ("a b", 0.5))], [1.0])
    lonely = Evaluation("nbest", (1,), cases, run, [])
    page = html_report(lonely, [], [], worst_confusions(lonely, NAMES, SpellingG2P(), "en"))
    assert "<b>" not in page
    assert "<i>" not in page
    assert "Abba &lt;b&gt;" in page


def test_plots_stay_within_their_frame() -> None:
    """Every coordinate of a plot is a number inside the picture, for extreme values too."""
    plots = [
        line_plot([Curve("none", [0.0] * 30), Curve("all", [1.0] * 30, True)], "k", "error"),
        bar_plot([Bar("worse", -3.0, (-5.0, 1.0)), Bar("none", 0.0, None)]),
    ]
    for plot in plots:
        width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', plot).groups())  # type: ignore[union-attr]
        xs = [float(x) for x in re.findall(r' x[12]?="([-\d.]+)"', plot)]
        ys = [float(y) for y in re.findall(r' y[12]?="([-\d.]+)"', plot)]
        assert xs
        assert all(0 <= x <= width for x in xs)
        assert all(0 <= y <= height for y in ys)


def test_table_tells_people_the_same(evaluation: Evaluation) -> None:
    """Systems, intervals, the reduction with its p-value, no-match and slices are printed."""
    output = StringIO()
    console = Console(file=output, width=160, highlight=False)
    print_evaluation(evaluation, by_type(evaluation, TYPES), by_tag(evaluation), console)
    text = output.getvalue()
    assert "5 queries (the whole n-best list of each) about 3 entities" in text
    assert "rapidfuzz_ratio = lexical" in text
    assert re.search(r"relative error reduction against rapidfuzz_ratio: @1 66\.7 % \[.*p = ", text)
    assert "AUROC 1.000" in text
    assert "voice=awb" in text


def test_trec_files_are_readable_by_their_fields(evaluation: Evaluation, tmp_path: Path) -> None:
    """Six fields a line, white space escaped, only queries with a right entity, scores fall."""
    paths = write_trec(evaluation, tmp_path / "runs")
    assert {path.name for path in paths} == {
        "qrels.txt",
        *(f"{run.name}.run" for run in evaluation.runs),
    }
    qrels = [line.split() for line in (tmp_path / "runs" / "qrels.txt").read_text().splitlines()]
    assert qrels == [
        ["q%201", "0", "a%20b", "1"],
        ["q2", "0", "c", "1"],
        ["q3", "0", "d", "1"],
        ["q5", "0", "d", "1"],
    ]
    lines = [
        line.split(" ") for line in (tmp_path / "runs" / "engine.run").read_text().splitlines()
    ]
    assert lines[0] == ["q%201", "Q0", "a%20b", "1", "1", "engine"]
    assert [line[:4] for line in lines[1:3]] == [["q2", "Q0", "c", "1"], ["q2", "Q0", "d", "2"]]
    assert all(len(line) == 6 for line in lines)
    assert "q4" not in {line[0] for line in lines}


@given(st.text(min_size=1), st.text(min_size=1))
def test_escaped_ids_can_be_read_back(one: str, other: str) -> None:
    """Escaping leaves one field, loses nothing, and keeps distinct ids distinct."""
    assert escape_id(one).split() == [escape_id(one)]
    assert unquote(escape_id(one)) == one
    assert (escape_id(one) == escape_id(other)) == (one == other)
