"""N-best queries without audio, and the command that writes them."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from er_engine.cli import main
from er_engine.model import DEFAULT_MODEL
from er_engine.phonemes.confusion_table import read_confusions
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.inventory import parse_pronunciation
from er_engine.queries import read_queries
from er_engine.types import Entity, Query
from training.confusion.language_model import EnglishModel
from training.confusion.misheard import MisheardSettings, misheard_queries
from training.confusion.sampling import ConfusionSampler
from training.confusion.sounds_like import SoundsLike

ENTITIES = [
    Entity("e1", "Chip and Potato", type="tv", aliases=("Chip & Potato",)),
    Entity("e2", "Breaking Bad", attributes={"city": "Rome"}),
    Entity("e3", "***"),
    Entity("e4", "breaking bad!"),
]
CATALOG = "".join(
    json.dumps({"id": e.id, "name": e.name, "aliases": list(e.aliases)}) + "\n" for e in ENTITIES
)
TABLE = read_confusions(DEFAULT_MODEL / "confusions.tsv")


@pytest.fixture(scope="module")
def writer() -> SoundsLike:
    """The packaged dictionary and language model."""
    return SoundsLike(EnglishModel())


def queries(writer: SoundsLike, rate: float = 0.2, **settings: object) -> list[Query]:
    """What is heard of the entities; every one twice unless the settings say otherwise."""
    chosen = MisheardSettings(**{"count": 8, **settings})  # type: ignore[arg-type]
    sampler = ConfusionSampler(TABLE, rate)
    return list(misheard_queries(ENTITIES, default_g2p("en"), sampler, writer, chosen))


def test_each_query_says_what_is_right(writer: SoundsLike) -> None:
    """All entities that sound the same are right; what can't be said gives no query."""
    found = {query.id: query for query in queries(writer)}
    assert list(found) == ["e1-1", "e1-2", "e2-1", "e2-2", "e4-1", "e4-2"]
    assert found["e1-2"].entity_ids == ("e1",)
    assert found["e1-2"].type == "tv"
    assert found["e1-2"].reference in ("Chip and Potato", "Chip & Potato")
    assert found["e2-1"].entity_ids == found["e4-1"].entity_ids == ("e2", "e4")


def test_hypotheses_are_distinct_and_not_always_right(writer: SoundsLike) -> None:
    """At most as many as asked for, and over all some are exact and some are not."""
    found = queries(writer, 0.1, count=80, n_best=3)
    texts = [[hypothesis.text for hypothesis in query.nbest] for query in found]
    assert max(map(len, texts)) == 3
    assert all(len(set(each)) == len(each) for each in texts)
    exact = sum("breaking bad" in each or "chip and potato" in each for each in texts)
    assert 0 < exact < len(texts)


def test_hypotheses_of_an_utterance_share_mistakes(writer: SoundsLike) -> None:
    """They are more alike than those of two utterances of the same name."""
    found = [q for q in queries(writer, count=200, n_best=2, phonemes=True) if len(q.nbest) == 2]
    heard = [[h.extra["phonemes"].split() for h in q.nbest] for q in found if "e2" in q.entity_ids]
    within = np.mean([Levenshtein.distance(*pair) for pair in heard])
    between = np.mean([Levenshtein.distance(a[0], b[1]) for a, b in pairwise(heard)])
    assert within < 0.9 * between


def test_nothing_is_misheard_at_a_rate_of_zero(writer: SoundsLike) -> None:
    """What is in the dictionary is then written as it was said."""
    found = queries(writer, 0.0)
    assert {h.text for query in found for h in query.nbest} == {"chip and potato", "breaking bad"}


def test_few_queries_are_spread_over_the_catalog(writer: SoundsLike) -> None:
    """Less than one for each entity: some have none."""
    assert [query.id for query in queries(writer, count=2)] == ["e2-1", "e4-1"]


def test_templates_are_said(writer: SoundsLike) -> None:
    """A filled template is one of the surface forms that are drawn."""
    found = queries(writer, count=80, templates=("{name} in {city}",))
    said = {query.reference for query in found if query.id.startswith("e2")}
    assert said == {"Breaking Bad", "Breaking Bad in Rome"}


def test_draws_depend_on_seed_and_id(writer: SoundsLike) -> None:
    """The same seed gives the same, another seed something else, more queries the same first."""
    assert queries(writer) == queries(writer)
    assert queries(writer) != queries(writer, seed=1)
    assert set(map(str, queries(writer))) < set(map(str, queries(writer, count=12)))


def test_phonemes_are_written_when_asked_for(writer: SoundsLike) -> None:
    """Queries and hypotheses then have a pronunciation that can be read."""
    for query in queries(writer, phonemes=True):
        for written in (query.extra, *(hypothesis.extra for hypothesis in query.nbest)):
            assert parse_pronunciation(written["phonemes"])
    assert not any(query.extra for query in queries(writer))


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A catalog file of the entities."""
    path = tmp_path / "catalog.jsonl"
    path.write_text(CATALOG, encoding="utf-8")
    return path


def test_the_command_writes_a_query_file(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One query for each entity, the same each time, also compressed."""
    paths = [tmp_path / "new" / name for name in ("a.jsonl", "b.jsonl", "c.jsonl.gz")]
    for path in paths:
        assert main(["confusions", str(catalog), "-o", str(path), "--json", "--quiet"]) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[0])
    found = read_queries(paths[0])
    assert record["written"] == len(found) == 3
    assert record["pairs"] == sum(len(query.nbest) for query in found)
    content = paths[0].read_bytes()
    assert paths[1].read_bytes() == content == gzip.decompress(paths[2].read_bytes())


def test_the_command_prints_examples(
    catalog: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people: how many, how often exact, and what was heard."""
    options = ["--count", "40", "--rate", "0.5", "--phonemes"]
    assert main(["confusions", str(catalog), "-o", str(tmp_path / "q.jsonl"), *options]) == 0
    printed = capsys.readouterr()
    assert "30 queries" in printed.out
    assert "no words for 10" in printed.out
    assert "Breaking Bad" in printed.out
    assert "queries: 40 steps" in printed.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--count", "0"], "--count and --n-best must be at least 1"),
        (["--n-best", "0"], "--count and --n-best must be at least 1"),
        (["--rate", "1.5"], "--rate 1.5: a share is from 0 to 1"),
        (["--known-words", "-1"], "--known-words -1.0: a share is from 0 to 1"),
        (["--model", "nowhere"], "count confusions in n-best lists first"),
        (["--surface-form", "{town}"], "no entity has the field 'town'"),
    ],
)
def test_wrong_options_are_refused(
    catalog: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    """The message says what is wrong; nothing is written."""
    output = tmp_path / "out" / "q.jsonl"
    assert main(["confusions", str(catalog), "-o", str(output), *options]) == 1
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_a_catalog_that_can_not_be_said_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An old file stays as it was."""
    (tmp_path / "catalog.jsonl").write_text('{"id": "e3", "name": "***"}\n')
    (tmp_path / "q.jsonl").write_text("old")
    arguments = [str(tmp_path / "catalog.jsonl"), "-o", str(tmp_path / "q.jsonl")]
    assert main(["confusions", *arguments]) == 1
    assert "no name of the catalog has a pronunciation" in capsys.readouterr().err
    assert (tmp_path / "q.jsonl").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog.jsonl", "q.jsonl"]
