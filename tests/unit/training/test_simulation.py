"""The simulation: prompts, shards, resuming, voices, summary."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from er_engine.cli import main
from er_engine.errors import ConfigError, QueryError, SimulationError
from er_engine.queries import read_queries
from er_engine.types import Entity, Hypothesis, Query
from training.simulation.augment import PADDING
from training.simulation.prompts import Prompt, catalog_prompts, check_ids, read_prompts, spread
from training.simulation.settings import SimulationSettings
from training.simulation.shards import WorkFolder
from training.simulation.simulate import Engines, cut, draw_take, simulate
from training.simulation.summary import summarise
from training.simulation.tts import open_voice, speakable
from training.simulation.waves import Samples, read_wave

NEEDS_FLITE = pytest.mark.skipif(
    shutil.which("flite") is None, reason="the program flite is not installed (apt install flite)"
)


class FakeVoice:
    """Speech whose samples are the characters of the text, loudly."""

    def __init__(self, name: str) -> None:
        self.name = name

    def speak(self, texts: Sequence[str]) -> list[Samples]:
        """One sample per character; nothing for a text of symbols."""
        return [
            np.array([ord(c) * 100 for c in text if c.isalnum() or c == " "], dtype=np.int16)
            for text in texts
        ]


class FakeRecogniser:
    """Reads the characters back, and tells how many utterances it heard before (it adapts)."""

    def __init__(self, heard: list[str]) -> None:
        self._heard = heard
        self._count = 0

    def recognise(self, samples: Samples) -> list[Hypothesis]:
        """The text with a score, the text with the number of the utterance, and letters."""
        inner = samples[PADDING:-PADDING]
        text = "".join(chr(round(value / 100)) for value in inner)
        self._heard.append(text)
        self._count += 1
        others = [f"{text} {self._count}", *"abcdefgh"]
        return [] if text == "unheard" else [Hypothesis(text, -0.5), *map(Hypothesis, others)]


class Studio:
    """Fake engines that remember what was heard; the recogniser can be told to fail."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.heard: list[str] = []
        self.fail_after = fail_after

    @property
    def engines(self) -> Engines:
        """For `simulate`."""
        return Engines(voice=FakeVoice, recogniser=lambda settings: self._open())

    def _open(self) -> FakeRecogniser:
        if self.fail_after is not None and len(self.heard) >= self.fail_after:
            raise SimulationError("out of order")
        return FakeRecogniser(self.heard)


SETTINGS = SimulationSettings(
    voices=("fake:one", "fake:two"), snr_db=(90, 100), n_best=4, shard_size=3, seed=7
)
PROMPTS = [Prompt(f"p{n}", f"name {n}", (f"e{n}",)) for n in range(8)]


def test_output_has_what_was_said_and_heard(tmp_path: Path) -> None:
    """Each query has its reference, ids, voice, noise and at most n_best hypotheses with scores."""
    settings = SimulationSettings(("fake:one",), (90,), n_best=4, tags={"set": "demo"})
    queries = simulate(PROMPTS, tmp_path / "q.jsonl", settings, engines=Studio().engines)
    assert queries == read_queries(tmp_path / "q.jsonl")
    assert queries[2] == Query(
        id="p2",
        nbest=(Hypothesis("name 2", -0.5), *map(Hypothesis, ("name 2 3", "a", "b"))),
        entity_ids=("e2",),
        reference="name 2",
        tags={"set": "demo", "voice": "fake:one", "snr_db": 90},
    )


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two simulations with equal settings write equal files; another seed draws other voices."""
    for name in ("a.jsonl", "b.jsonl"):
        simulate(PROMPTS, tmp_path / name, SETTINGS, engines=Studio().engines)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    other = SimulationSettings(voices=SETTINGS.voices, snr_db=SETTINGS.snr_db, seed=8)
    assert [draw_take(p, SETTINGS) for p in PROMPTS] != [draw_take(p, other) for p in PROMPTS]


def test_resuming_keeps_finished_shards_and_ends_the_same(tmp_path: Path) -> None:
    """After a failure only the missing shards are recorded, and the result is as without it."""
    simulate(PROMPTS, tmp_path / "whole.jsonl", SETTINGS, engines=Studio().engines)
    with pytest.raises(SimulationError, match="out of order"):
        simulate(PROMPTS, tmp_path / "q.jsonl", SETTINGS, engines=Studio(fail_after=6).engines)
    assert not (tmp_path / "q.jsonl").exists()
    second = Studio()
    steps: list[int] = []
    simulate(
        PROMPTS,
        tmp_path / "q.jsonl",
        SETTINGS,
        engines=second.engines,
        on_progress=steps.append,
    )
    assert second.heard == ["name 6", "name 7"]
    assert steps == [6, 2]
    assert (tmp_path / "q.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not WorkFolder.beside(tmp_path / "q.jsonl").path.exists()


@pytest.mark.parametrize(
    ("prompts", "settings", "what"),
    [
        (PROMPTS, SimulationSettings(SETTINGS.voices, SETTINGS.snr_db, seed=8), "n_best"),
        (PROMPTS[:7], SETTINGS, "prompts"),
    ],
)
def test_resuming_with_other_settings_is_refused(
    tmp_path: Path, prompts: list[Prompt], settings: SimulationSettings, what: str
) -> None:
    """A work folder that was begun with other settings or prompts is never mixed in."""
    with pytest.raises(SimulationError):
        simulate(PROMPTS, tmp_path / "q.jsonl", SETTINGS, engines=Studio(fail_after=3).engines)
    with pytest.raises(SimulationError, match=f"begun with {what}"):
        simulate(prompts, tmp_path / "q.jsonl", settings, engines=Studio().engines)


def test_what_nobody_can_say_or_hear_is_left_out(tmp_path: Path) -> None:
    """Texts without speech and speech without a hypothesis give no query, and stop nothing."""
    prompts = [Prompt("a", "!?"), Prompt("b", "unheard"), Prompt("c", "fine")]
    queries = simulate(prompts, tmp_path / "q.jsonl", SETTINGS, engines=Studio().engines)
    assert [query.id for query in queries] == ["c"]


def test_each_shard_has_a_fresh_recogniser(tmp_path: Path) -> None:
    """What a recogniser heard in one shard does not change the next one."""
    queries = simulate(PROMPTS, tmp_path / "q.jsonl", SETTINGS, engines=Studio().engines)
    assert [query.nbest[1].text[-1] for query in queries] == list("12312312")
    assert [len(shard) for shard in cut(PROMPTS, 3)] == [3, 3, 2]


def test_all_entities_that_sound_the_same_are_right() -> None:
    """Equal spoken forms share their ids; templates and aliases are said too."""
    entities = [
        Entity("a", "Tom & Ann", attributes={"city": "Rome"}),
        Entity("b", "Tom and Ann", aliases=("The Pair",)),
        Entity("c", "Other"),
    ]
    prompts = catalog_prompts(entities, ["{name} in {city}"], per_entity=2)
    right = {prompt.text: prompt.entity_ids for prompt in prompts}
    assert right == {
        "Tom & Ann": ("a", "b"),
        "Tom & Ann in Rome": ("a",),
        "Tom and Ann": ("a", "b"),
        "The Pair": ("b",),
        "Other": ("c",),
    }
    assert len({prompt.id for prompt in prompts}) == len(prompts) == 6


def test_limit_spreads_over_the_catalog() -> None:
    """A limit keeps the first and the last prompt and takes the others evenly between them."""
    assert [prompt.id for prompt in spread(PROMPTS, 3)] == ["p0", "p4", "p7"]
    assert spread(PROMPTS, 99) == PROMPTS


def test_prompts_are_read_and_checked(tmp_path: Path) -> None:
    """A prompt file gives texts, ids and tags; a wrong line is told by file, line and field."""
    path = tmp_path / "prompts.jsonl"
    line = {"id": "x", "reference": "hello", "entity_ids": ["e"], "tags": {"said": "name"}}
    path.write_text(json.dumps(line) + "\n")
    assert read_prompts(path) == [Prompt("x", "hello", ("e",), None, {"said": "name"})]
    with pytest.raises(QueryError, match="no entity 'e'"):
        check_ids(read_prompts(path), [Entity("f", "F")], path)
    path.write_text(json.dumps(line) + "\n" + json.dumps(line | {"reference": 3}) + "\n")
    with pytest.raises(QueryError, match="line 2, field 'reference'"):
        read_prompts(path)
    path.write_text((json.dumps(line) + "\n") * 2)
    with pytest.raises(QueryError, match="line 2, field 'id'"):
        read_prompts(path)


@pytest.mark.parametrize("name", ["slt", "nothing:slt", "flite:", "flite:a/b", "flite:a b"])
def test_wrong_voice_names_are_refused(name: str) -> None:
    """A voice is PROGRAM:VOICE with a known program and a plain name."""
    with pytest.raises(ConfigError, match="PROGRAM:VOICE"):
        open_voice(name)


@pytest.mark.parametrize("name", ["flite:slt", "festival:ked_diphone"])
def test_a_missing_program_is_told_with_its_package(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the program the message says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulationError, match=r"apt install (flite|festival)"):
        open_voice(name)


def test_a_voice_that_wrote_no_speech_is_told(tmp_path: Path) -> None:
    """A missing or broken WAVE file is a SimulationError that names the voice."""
    (tmp_path / "x.wav").write_bytes(b"RIFFnonsense")
    for name in ("x.wav", "y.wav"):
        with pytest.raises(SimulationError, match="voice demo"):
            read_wave(tmp_path / name, "demo")


def test_names_are_folded_for_english_voices() -> None:
    """Accents and special letters become ASCII; what has no ASCII form is left out."""
    assert speakable("Søren Łukasz  Müller–Weiß") == "Soren Lukasz Muller-Weiss"
    assert speakable("東京") == ""


def test_summary_counts_in_spoken_form() -> None:
    """Case, numbers and punctuation don't count as errors; the oracle looks at all hypotheses."""
    queries = [
        Query("a", (Hypothesis("four twenty eight"),), reference="428"),
        Query(
            "b",
            (Hypothesis("japan potato"), Hypothesis("chip and potato")),
            reference="Chip & Potato",
        ),
        Query("c", (Hypothesis("x"),)),
    ]
    summary = summarise(queries)
    assert (summary.queries, summary.exact_rate, summary.oracle_rate) == (2, 0.5, 1.0)
    assert summary.word_error_rate == pytest.approx(2 / 6)
    assert summary.examples == (("Chip & Potato", "japan potato"),)


@pytest.mark.parametrize(
    "option",
    [
        ["--snr-db", "loud"],
        ["--snr-db", "24,nan"],
        ["--tag", "x"],
        ["--workers", "0"],
        ["--voices", ""],
        ["--n-best", "0"],
        ["--strength", "1.5"],
        ["--known-words", "2"],
        ["--known-names", "-1"],
        ["--vocabulary", "no-such-file"],
        ["--language-model", "no-such-file"],
        ["--audio", "no-such-folder"],
        pytest.param(["--recogniser", "none"], marks=NEEDS_FLITE),
        ["--surface-form", "{nmae}"],
    ],
)
def test_wrong_options_are_told(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong values end with exit code 1 and a message, before anything is recorded."""
    catalog = tmp_path / "c.jsonl"
    catalog.write_text('{"id": "1", "name": "Hello"}\n')
    assert main(["simulate", str(catalog), "-o", str(tmp_path / "q.jsonl"), *option]) == 1
    assert "error: " in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["c.jsonl"]


@NEEDS_FLITE
def test_real_speech_comes_back_as_n_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flite speaks and PocketSphinx hears: the words of an easy title come back."""
    catalog, output = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
    catalog.write_text('{"id": "1", "name": "Parks and Recreation"}\n')
    options = ["--voices", "flite:slt", "--snr-db", "40", "--strength", "0", "--json"]
    assert main(["simulate", str(catalog), "-o", str(output), *options]) == 0
    (query,) = read_queries(output)
    assert (query.entity_ids, query.reference) == (("1",), "Parks and Recreation")
    assert "recreation" in query.nbest[0].text
    assert 2 <= len({hypothesis.text for hypothesis in query.nbest}) <= 8
    scores = [hypothesis.score or 0.0 for hypothesis in query.nbest]
    assert scores[0] == max(scores)
    assert sum(map(math.exp, scores)) == pytest.approx(1.0, abs=1e-3)
    summary = json.loads(capsys.readouterr().out)
    assert summary["queries"] == summary["groups"]["voice flite:slt"]["queries"] == 1


@NEEDS_FLITE
def test_a_known_name_is_heard_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    """A name that no dictionary has is heard exactly when the vocabulary has it, else never."""
    catalog, output = tmp_path / "c.jsonl", tmp_path / "q.jsonl"
    catalog.write_text('{"id": "1", "name": "Zorbalin Krantovic"}\n')
    heard = {}
    for known in ("0", "1"):
        options = ["--voices", "flite:slt", "--snr-db", "40", "--strength", "0"]
        options += ["--known-words", known, "--known-names", known, "--seed", known]
        assert main(["simulate", str(catalog), "-o", str(output), *options]) == 0
        heard[known] = {hypothesis.text for hypothesis in read_queries(output)[0].nbest}
    assert "zorbalin krantovic" in heard["1"]
    assert "zorbalin krantovic" not in heard["0"]
