from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from api.shared_encoder import AT_ONCE, SharedEncoder
from er_engine.encoder.base import Encoder
from er_engine.encoder.dummy import DummyEncoder
from er_engine.search import FloatArray
from er_engine.types import SurfaceForm

PATIENCE_SECONDS = 30.0


def forms(name: str, count: int) -> list[SurfaceForm]:
    """Some forms that tell who asked for them."""
    return [SurfaceForm(name, f"{name} {number}", ()) for number in range(count)]


class WatchedEncoder(DummyEncoder):
    """Notes whose forms it encodes; runs something during the first call; may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []
        self.during_first = lambda: None

    def encode(self, forms: Sequence[SurfaceForm], batch_size: int = 64) -> FloatArray:
        """See `Encoder.encode`."""
        self.order.append(forms[0].text if forms else "")
        if len(self.order) == 1:
            self.during_first()
        if forms and forms[0].text == "fail":
            raise ValueError("told to")
        return super().encode(forms, batch_size)


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 5 * AT_ONCE])
def test_vectors_are_those_of_the_encoder(count: int) -> None:
    """However many forms there are, the vectors are the encoder's, in order."""
    shared = SharedEncoder(DummyEncoder())
    assert isinstance(shared, Encoder)
    expected = DummyEncoder().encode(forms("a", count))
    np.testing.assert_array_equal(shared.encode(forms("a", count)), expected)
    assert (shared.dimension, shared.fingerprint) == (64, "dummy-64")


def test_query_gets_its_turn_while_a_catalog_is_encoded() -> None:
    """Who asks during a long job is served after the part that runs, not after the whole job."""
    watched = WatchedEncoder()
    shared = SharedEncoder(watched)
    query = threading.Thread(target=shared.encode, args=(forms("query", 1),))

    def ask_meanwhile() -> None:
        query.start()
        for _ in range(int(PATIENCE_SECONDS / 0.001)):
            if shared.waiting:
                return
            threading.Event().wait(0.001)
        raise AssertionError("the query never asked")

    watched.during_first = ask_meanwhile
    shared.encode(forms("catalog", 4 * AT_ONCE))
    query.join(PATIENCE_SECONDS)
    assert watched.order == ["catalog", "query", "catalog", "catalog", "catalog"]


def test_failure_does_not_stop_others() -> None:
    """After an encoding that failed the next one is served."""
    shared = SharedEncoder(WatchedEncoder())
    with pytest.raises(ValueError, match="told to"):
        shared.encode(forms("fail", 1))
    assert shared.encode(forms("a", 2)).shape == (2, 64)
