"""Batches: what pairs are made of, how they are weighted, and which negatives are masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from er_engine.errors import TrainingError
from tests.unit.training.tiny import EXAMPLES, make_table
from training.batches import MAX_SOUNDS, RANK_DECAY, Batch, BatchMaker
from training.config import PairConfig
from training.examples import Examples, Utterance

ONLY_RECORDED = PairConfig(
    hypothesis_pairs=0, synthetic=0, partial=0, extra_words=0, recorded_noise=0
)


def make_batches(
    folder: Path,
    config: PairConfig = ONLY_RECORDED,
    examples: Examples = EXAMPLES,
    min_similarity: float = 0.3,
) -> BatchMaker:
    """Return a batch maker over spelled names."""
    table = make_table(folder, examples)
    return BatchMaker(
        table, examples.utterances, examples.names, config, min_similarity, examples.recorded
    )


def spoken(folder: Path, sounds: Sequence[np.ndarray], examples: Examples = EXAMPLES) -> list[str]:
    """Return the forms that have these sounds; `?` where there is none."""
    table = make_table(folder, examples)
    known = {
        p.tobytes(): text for text in table.spoken for p in table.pronunciations[table.row_of[text]]
    }
    return [known.get(row.tobytes(), "?") for row in sounds]


def only(*utterances: Utterance, names: tuple[str, ...] = ()) -> Examples:
    """Return examples without anything held out."""
    said = tuple(dict.fromkeys([*(u.said for u in utterances), *names]))
    return Examples(utterances, said, (), ())


def draw(maker: BatchMaker, size: int = 64, seed: int = 1) -> Batch:
    """Draw one batch."""
    return maker.draw(size, np.random.default_rng(seed))


def test_a_batch_has_as_many_pairs_as_asked_for(tmp_path: Path) -> None:
    """All parts have the same length, and the diagonal is never masked."""
    batch = draw(make_batches(tmp_path, PairConfig()), 33)
    assert len(batch.anchors.sounds) == len(batch.positives.sounds) == 33
    assert batch.weights.shape == batch.has_text.shape == (33,)
    assert batch.false_negatives.shape == (33, 33)
    assert not batch.false_negatives.diagonal().any()


def test_same_generator_gives_the_same_batch(tmp_path: Path) -> None:
    """Draws depend on the generator alone."""
    maker = make_batches(tmp_path, PairConfig())
    first, second = draw(maker), draw(maker)
    assert [s.tolist() for s in first.anchors.sounds] == [s.tolist() for s in second.anchors.sounds]
    assert torch.equal(first.false_negatives, second.false_negatives)


def test_held_out_names_are_never_drawn(tmp_path: Path) -> None:
    """Each positive of every kind of pair is a training name or what was heard for one."""
    config = PairConfig(hypothesis_pairs=0.3, synthetic=0.2, partial=0, extra_words=0.2)
    batch = draw(make_batches(tmp_path, config), 400)
    found = set(spoken(tmp_path, batch.positives.sounds))
    assert set(EXAMPLES.names) <= found
    assert not found & {*EXAMPLES.held_out_names, "?"}


def test_a_part_finds_its_name_or_itself(tmp_path: Path) -> None:
    """Mostly the whole name that it is of, sometimes the part: both are training names' sounds."""
    batch = draw(make_batches(tmp_path, replace(ONLY_RECORDED, partial=1.0)), 400)
    table = make_table(tmp_path, EXAMPLES)
    names = [table.pronunciations[table.row_of[name]][0].tobytes() for name in EXAMPLES.names]
    found = [sounds.tobytes() for sounds in batch.positives.sounds]
    whole = [sounds in names for sounds in found]
    assert 0.7 <= np.mean(whole) < 1
    assert all(any(sounds in name for name in names) for sounds in found)


def test_recorded_pairs_are_weighted_by_rank(tmp_path: Path) -> None:
    """The first hypothesis counts 1, each further one less by a fixed factor."""
    examples = only(
        Utterance("tom banner", ("tum banner", "tom bammer", "tom ban"), ("tom banner",)),
        Utterance("nora wilde", ("nora wild", "mora wilde"), ("nora wilde",)),
    )
    batch = draw(make_batches(tmp_path, examples=examples), 200)
    heard = spoken(tmp_path, batch.anchors.sounds, examples)
    said = spoken(tmp_path, batch.positives.sounds, examples)
    ranks = {u.said: {text: rank for rank, text in enumerate(u.heard)} for u in examples.utterances}
    wanted = [RANK_DECAY ** ranks[name][text] for name, text in zip(said, heard, strict=True)]
    np.testing.assert_allclose(batch.weights.numpy(), wanted, rtol=1e-6)
    assert len(set(wanted)) == 3
    assert batch.has_text.all()


def test_synthetic_pairs_have_no_text(tmp_path: Path) -> None:
    """A confusion of sounds has no spelling, so that the semantic tower leaves it out."""
    batch = draw(make_batches(tmp_path, replace(ONLY_RECORDED, synthetic=1.0)))
    assert not batch.has_text.any()
    assert (batch.weights == 1).all()


def test_without_nbest_nothing_that_was_heard_is_drawn(tmp_path: Path) -> None:
    """All pairs are synthetic, of training names, whatever was recorded."""
    maker = make_batches(tmp_path, replace(ONLY_RECORDED, nbest=False))
    batch = draw(maker, 200)
    assert not batch.has_text.any()
    assert set(spoken(tmp_path, batch.positives.sounds)) == set(EXAMPLES.names)
    assert make_batches(tmp_path, ONLY_RECORDED).draw(9, np.random.default_rng(1)).has_text.any()


def test_pairs_of_hypotheses_are_of_one_utterance(tmp_path: Path) -> None:
    """Both sides were heard for the same name."""
    batch = draw(make_batches(tmp_path, replace(ONLY_RECORDED, hypothesis_pairs=1.0)), 100)
    heard = spoken(tmp_path, batch.anchors.sounds)
    others = spoken(tmp_path, batch.positives.sounds)
    groups = [set(u.heard) for u in EXAMPLES.utterances]
    assert all(any({a, b} <= group for group in groups) for a, b in zip(heard, others, strict=True))


def test_unlike_hypotheses_are_left_out(tmp_path: Path) -> None:
    """What sounds nothing like the name is not what was said."""
    examples = only(Utterance("tom banner", ("tum banner", "zzzz"), ("tom banner",)))
    found = spoken(
        tmp_path, draw(make_batches(tmp_path, examples=examples)).anchors.sounds, examples
    )
    assert set(found) == {"tum banner"}


def test_false_negatives_are_masked(tmp_path: Path) -> None:
    """The same name drawn twice, and names alike to the ear; strangers are not masked."""
    names = ("tom banner", "tom baner", "zoe hill")
    examples = only(*(Utterance(name, (name,), (name,)) for name in names))
    config = replace(ONLY_RECORDED, false_negative_similarity=0.85)
    batch = draw(make_batches(tmp_path, config, examples), 24)
    said = spoken(tmp_path, batch.positives.sounds, examples)
    alike = {"tom banner": "tom", "tom baner": "tom", "zoe hill": "zoe"}
    for i, one in enumerate(said):
        for j, other in enumerate(said):
            masked = bool(batch.false_negatives[i, j])
            assert masked == (i != j and alike[one] == alike[other])


def test_a_partial_mention_masks_every_name_that_it_fits(tmp_path: Path) -> None:
    """Whoever says "lomaro" may mean any Lomaro of the batch."""
    names = ("vito lomaro", "rena lomaro", "tim banter")
    examples = only(*(Utterance("lomaro", ("lumaro",), names[:2]) for _ in range(2)), names=names)
    batch = draw(make_batches(tmp_path, examples=examples), 60)
    heard = spoken(tmp_path, batch.anchors.sounds, examples)
    meant = spoken(tmp_path, batch.positives.sounds, examples)
    whole = [
        i for i, (h, m) in enumerate(zip(heard, meant, strict=True)) if h == "lumaro" and m in names
    ]
    assert whole
    for i in whole:
        for j, other in enumerate(meant):
            assert bool(batch.false_negatives[i, j]) == (i != j and "lomaro" in other)


def test_neighbours_meet_in_one_batch(tmp_path: Path) -> None:
    """A drawn name brings mined neighbours with it."""
    maker = make_batches(tmp_path, replace(ONLY_RECORDED, neighbours=4))
    rows = maker.name_rows
    maker.neighbours = {int(row): rows[:1] for row in rows}
    said = spoken(tmp_path, draw(maker, 40).positives.sounds)
    assert said.count(make_table(tmp_path).spoken[int(rows[0])]) >= 30
    maker.neighbours = {int(row): rows[:0] for row in rows}
    assert len(draw(maker, 40).weights) == 40


def test_nothing_recorded_leaves_synthetic_pairs(tmp_path: Path) -> None:
    """Names alone can be trained on."""
    examples = only(names=("tom banner", "zoe hill"))
    batch = draw(make_batches(tmp_path, examples=examples))
    assert not batch.has_text.any()


def test_no_pronounceable_name_is_an_error(tmp_path: Path) -> None:
    """The letters q, x, y and c have no sound here."""
    with pytest.raises(TrainingError, match="no name to train on has a pronunciation"):
        make_batches(tmp_path, examples=only(names=("qx", "cy")))


def test_long_names_are_cut(tmp_path: Path) -> None:
    """One name of 64 words does not make all others pay for its padding."""
    name = " ".join(["banana"] * 64)
    batch = draw(make_batches(tmp_path, examples=only(Utterance(name, (name,), (name,)))), 4)
    assert {len(sounds) for sounds in batch.positives.sounds} == {MAX_SOUNDS}


def test_a_share_of_recorded_hypotheses_is_confused_further(tmp_path: Path) -> None:
    """With noise some anchors are none of the hypotheses; their pairs count as before."""
    noisy = replace(ONLY_RECORDED, recorded_noise=0.5)
    examples = only(Utterance("tom banner", ("tum banner",), ("tom banner",)))
    heard = spoken(
        tmp_path, draw(make_batches(tmp_path, noisy, examples), 200).anchors.sounds, examples
    )
    assert 40 < list(heard).count("?") < 160


def test_recordings_of_real_recognisers_have_their_share(tmp_path: Path) -> None:
    """Their names are drawn as often as the config says, and never without recordings."""
    recorded = (Utterance("nora wilde", ("nora wild",), ("nora wilde",)),)
    examples = replace(
        only(Utterance("tom banner", ("tum banner",), ("tom banner",))), recorded=recorded
    )
    config = replace(ONLY_RECORDED, recordings=1.0)
    batch = draw(make_batches(tmp_path, config, examples), 50)
    assert set(spoken(tmp_path, batch.positives.sounds, examples)) == {"nora wilde"}
