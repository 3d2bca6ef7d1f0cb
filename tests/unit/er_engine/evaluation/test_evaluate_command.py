import json
from pathlib import Path
from typing import Any

import pytest

from er_engine import cli, model
from er_engine.cli import main
from er_engine.queries import write_queries
from er_engine.types import Entity, Query
from tests.unit.er_engine.evaluation.stand_ins import SpellingG2P, memory_index, query

ENTITIES = [
    Entity("a", "Chip and Potato", "tv"),
    Entity("b", "Breaking Bad", "tv"),
    Entity("c", "Nexstar", "company"),
    Entity("d", "Nexstar", "station"),
]
QUERIES = [
    query("q1", "shipping potato", "chip and potatoes", right=["a"]),
    query("q2", "braking bad", right=["b"], type="tv"),
    query("q3", "next star", right=["c"]),
    query("q4", "qqqq"),
]


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index in memory, a G2P that spells, and the dummy encoder."""
    monkeypatch.setattr(cli, "open_index", lambda _: memory_index(ENTITIES))
    monkeypatch.setattr(model, "default_g2p", lambda *_: SpellingG2P())


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """A query file."""
    return written(tmp_path, QUERIES)


def written(folder: Path, lines: list[Query]) -> Path:
    """Write a query file."""
    write_queries(folder / "queries.jsonl", lines)
    return folder / "queries.jsonl"


def evaluated(queries: Path, *options: str) -> int:
    """Run `er-engine evaluate` with the dummy encoder."""
    return main(["evaluate", "index", str(queries), "--model", "dummy", *options])


def printed_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What was printed on standard output, which is JSON and nothing else."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_prints_a_table_for_people(queries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every system is listed, and the command succeeds."""
    assert evaluated(queries) == 0
    text = capsys.readouterr().out
    for name in (
        "engine",
        "= lexical",
        "sum",
        "bm25_words",
        "rapidfuzz_wratio",
        "double_metaphone",
    ):
        assert name in text


def test_prints_json_alone(queries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json -` standard output is JSON; a tie of two equal names is an error."""
    assert evaluated(queries, "--json", "-", "-k", "3,1") == 0
    found = printed_json(capsys)
    assert found["queries"] == 4
    assert found["hypotheses"] == "nbest"
    assert list(found["systems"]["engine"]["error_rate"]) == ["1", "3"]
    # q3 is about one of two equal names: no system can put the right one alone at the top.
    assert found["systems"]["engine"]["error_rate"]["1"] == pytest.approx(1 / 3, abs=1e-6)
    assert found["systems"]["lexical"]["error_rate"]["1"] >= round(1 / 3, 6)
    assert "auroc" in found["no_match"]
    assert set(found["per_type"]) == {"tv", "company"}


@pytest.mark.parametrize(("mode", "asked"), [("first", 4), ("each", 5), ("nbest", 4)])
def test_modes(queries: Path, capsys: pytest.CaptureFixture[str], mode: str, asked: int) -> None:
    """`each` makes every hypothesis a query; the others keep the number of queries."""
    assert evaluated(queries, "--hypotheses", mode, "--json", "-", "--baselines", "none") == 0
    found = printed_json(capsys)
    assert found["queries"] == asked
    assert list(found["systems"]) == ["engine"]


def test_a_share_of_no_match_moves_the_probabilities(
    queries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The more often nothing is meant, the less sure the answers; a share above 1 is an error."""
    means = []
    for share in ("0.01", "0.9"):
        options = ["--baselines", "none", "--json", "-", "--no-match-share", share]
        assert evaluated(queries, *options) == 0
        found = printed_json(capsys)
        assert found["no_match_share"] == float(share)
        bins = [b for b in found["calibration"]["bins"] if b["count"]]
        means.append(sum(b["said"] * b["count"] for b in bins))
    assert means[0] > means[1]
    with pytest.raises(SystemExit, match="2"):
        evaluated(queries, "--no-match-share", "2")
    assert "--no-match-share: 2 must be above 0 and below 1" in capsys.readouterr().err


def test_fast_baselines_are_few(queries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--baselines fast` leaves out the slow ones and keeps `sum`."""
    assert evaluated(queries, "--baselines", "fast", "--json", "-") == 0
    systems = set(printed_json(capsys)["systems"])
    assert {"engine", "lexical", "sum", "bm25_words"} <= systems
    assert "rapidfuzz_wratio" not in systems


def test_writes_files(queries: Path, tmp_path: Path) -> None:
    """JSON, HTML report and TREC files are written where asked."""
    options = ["--json", str(tmp_path / "out.json"), "--report", str(tmp_path / "out.html")]
    assert evaluated(queries, *options, "--trec-run", str(tmp_path / "trec")) == 0
    assert json.loads((tmp_path / "out.json").read_text())["queries"] == 4
    page = (tmp_path / "out.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "Calibration" in page
    assert (tmp_path / "trec" / "engine.run").is_file()
    assert (tmp_path / "trec" / "qrels.txt").read_text() == "q1 0 a 1\nq2 0 b 1\nq3 0 c 1\n"


def test_ids_of_another_catalog(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They stop the evaluation, or are counted and left out when allowed."""
    queries = written(tmp_path, [*QUERIES, query("q5", "nexstar", right=["zz"])])
    assert evaluated(queries) == 1
    assert "query 'q5' names 'zz'" in capsys.readouterr().err
    assert evaluated(queries, "--allow-missing", "--json", "-", "--baselines", "none") == 0
    captured = capsys.readouterr()
    assert "left out entity_ids that are not in the index: 1" in captured.err
    found = json.loads(captured.out)
    assert (found["queries"], found["queries_with_right_entity"]) == (5, 3)


def test_unspeakable_queries_count_as_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine refuses them; the evaluation goes on and says so."""
    queries = written(tmp_path, [*QUERIES[:1], query("q9", "?!", right=["b"])])
    assert evaluated(queries, "--json", "-") == 0
    captured = capsys.readouterr()
    assert "refused, counted as errors: 1; first query 'q9'" in captured.err
    assert json.loads(captured.out)["systems"]["engine"]["error_rate"]["10"] == 0.5


@pytest.mark.parametrize("ks", ["0", "1,x", "", "1001", "-3"])
def test_wrong_k_is_wrong_usage(queries: Path, ks: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The usage message quotes what was given."""
    with pytest.raises(SystemExit) as stopped:
        evaluated(queries, f"-k={ks}")
    assert stopped.value.code == 2
    assert "-k" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_the_queries_are_never_overwritten(
    queries: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An output file that is the query file is refused before the work."""
    before = queries.read_bytes()
    assert evaluated(queries, option, str(queries)) == 1
    assert "this file is read; name another one" in capsys.readouterr().err
    assert queries.read_bytes() == before


def test_figures_are_printed_even_where_they_can_not_be_written(
    queries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that can't be written costs the file, not the work."""
    (tmp_path / "out.json").mkdir()
    assert evaluated(queries, "--baselines", "none", "--json", str(tmp_path / "out.json")) == 1
    captured = capsys.readouterr()
    assert "engine" in captured.out
    assert "out.json" in captured.err


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_missing_output_folder_is_found_before_the_work(
    queries: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should wait for an evaluation that can't be written."""
    assert evaluated(queries, option, str(tmp_path / "nowhere" / "out")) == 1
    captured = capsys.readouterr()
    assert f"{option} " in captured.err
    assert "there is no folder" in captured.err
    assert not captured.out
