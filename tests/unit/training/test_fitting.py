"""Fitting: similarities that help get weight, probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from er_engine.encoder.dummy import DummyEncoder
from er_engine.errors import TrainingError
from er_engine.memory_index import index_in_memory
from er_engine.model import Model
from er_engine.rerank.settings import FEATURES, ModelSettings
from er_engine.resolver import Resolver
from er_engine.search import FloatArray
from er_engine.types import Entity, Hypothesis, Query, SurfaceForm
from tests.unit.index.builds import SpellingG2P
from tests.unit.training.tiny import NAMES, QUIET
from training.cases import FitSet
from training.fitting import fit_settings

ENTITIES = [Entity(f"e{i}", name) for i, name in enumerate((*NAMES, "rena lomaro", "tom wilde"))]

# Weak enough that a handful of queries moves the weights.
PULL = 0.5


class NoiseEncoder(DummyEncoder):
    """Vectors that have nothing to do with the form."""

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """Return unit vectors drawn from the length of the form alone."""
        rows = [np.random.default_rng(len(f.spoken)).normal(size=self.dimension) for f in forms]
        return super().encode(forms) * 0 + np.array(
            [row / np.linalg.norm(row) for row in rows], dtype=np.float32
        )


class CrowdedEncoder(DummyEncoder):
    """Vectors within a cap of the sphere: a cosine c becomes (1 + c) / 2."""

    @property
    def dimension(self) -> int:
        """One more than the dummy's."""
        return super().dimension + 1

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """Return the dummy's vectors beside a constant."""
        vectors = DummyEncoder().encode(forms)
        ones = np.ones((len(forms), 1), dtype=np.float32)
        return np.asarray(np.hstack([vectors, ones]) / np.sqrt(np.float32(2)))


def queries_of(entities: Sequence[Entity]) -> list[Query]:
    """Return a garbled query for each entity."""
    made = []
    for entity in entities:
        name = entity.name
        nbest = (Hypothesis(name.replace("o", "u")), Hypothesis(name.replace("n", "m")[:-1]))
        made.append(Query(f"q {name}", nbest, (entity.id,)))
    return made


def fitted(encoder: DummyEncoder) -> ModelSettings:
    """Fit on the tiny catalog."""
    model = Model(encoder, SpellingG2P())
    return fit_settings([FitSet("tiny", ENTITIES, queries_of(ENTITIES))], model, PULL, QUIET)


def test_a_similarity_that_helps_gets_weight() -> None:
    """The vectors of an encoder that sees the form count for more than noise does."""
    helpful, noise = fitted(DummyEncoder()), fitted(NoiseEncoder())
    assert helpful.rerank.weights["vector"] > noise.rerank.weights.get("vector", 0.0) + 0.05


def test_sets_count_the_same_however_many_hypotheses_they_have() -> None:
    """Hearing everything again and again in one of two sets does not give it more weight."""
    model = Model(DummyEncoder(), SpellingG2P())
    one, other = queries_of(ENTITIES[::2]), queries_of(ENTITIES[1::2])
    again = [replace(query, nbest=(*query.nbest[:1],) * 3) for query in one]
    first = [replace(query, nbest=query.nbest[:1]) for query in one]
    weights = [
        fit_settings(
            [FitSet("one", ENTITIES, heard), FitSet("other", ENTITIES, other)], model, PULL, QUIET
        ).rerank.weights
        for heard in (first, again)
    ]
    assert weights[0] == pytest.approx(weights[1], abs=1e-3)


def test_how_near_strangers_are_changes_nothing() -> None:
    """An encoder that keeps all names close together gets another floor and the same weights."""
    spread, crowded = fitted(DummyEncoder()).rerank, fitted(CrowdedEncoder()).rerank
    assert crowded.vector_floor == pytest.approx((1 + spread.vector_floor) / 2, abs=0.01)
    for name, weight in spread.weights.items():
        assert crowded.weights[name] == pytest.approx(weight, abs=0.02)


def test_weights_are_shares() -> None:
    """At least 0, adding up to 1, of known features only; the same for the same data."""
    settings = fitted(DummyEncoder())
    weights = settings.rerank.weights
    assert set(weights) <= set(FEATURES)
    assert min(weights.values()) > 0
    assert sum(weights.values()) == pytest.approx(1.0, abs=0.01)
    assert fitted(DummyEncoder()) == settings


def test_fitted_probabilities_tell_right_from_nothing() -> None:
    """In 0 to 1, and lower for what the catalog has not than for what it has."""
    encoder = DummyEncoder()
    model = Model(encoder, SpellingG2P(), settings=fitted(encoder))
    resolver = Resolver(index_in_memory(ENTITIES, model), model)
    here = [resolver.resolve(query.nbest) for query in queries_of(ENTITIES)]
    gone = [resolver.resolve((Hypothesis(text),)) for text in ("zu f", "hihihi", "jav kek")]
    for answer in (*here, *gone):
        assert 0 <= answer.no_match_probability <= 1
        assert all(0 <= found.probability <= 1 for found in answer.candidates)
    assert max(a.no_match_probability for a in here) < min(a.no_match_probability for a in gone)
    assert all(a.candidates[0].entity == e for a, e in zip(here, ENTITIES, strict=True))
    assert all(a.candidates[0].probability > 0.5 for a in here)


def test_unspeakable_queries_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A query of symbols does not end a training of hours; it is said which one it was."""
    from training.progress import Progress

    model = Model(DummyEncoder(), SpellingG2P())
    odd = Query("odd", (Hypothesis("..."),), ("e1",))
    sets = [FitSet("tiny", ENTITIES, [*queries_of(ENTITIES), odd])]
    assert fit_settings(sets, model, PULL, Progress()) == fitted(DummyEncoder())
    assert "query 'odd' is left out" in capsys.readouterr().err


def test_a_set_without_any_right_entity_is_an_error() -> None:
    """The message names the set."""
    model = Model(DummyEncoder(), SpellingG2P())
    sets = [FitSet("strangers", ENTITIES, [Query("q", (Hypothesis("x"),), ("none",))])]
    with pytest.raises(TrainingError, match="strangers: no query to fit on"):
        fit_settings(sets, model, PULL, QUIET)
