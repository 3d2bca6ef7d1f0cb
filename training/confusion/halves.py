"""Which entities of recordings by real recognisers may be learned from; the rest is for tests."""

from __future__ import annotations

import hashlib


def in_training_half(entity_id: str) -> bool:
    """Whether this entity belongs to the half that may be trained on; the same everywhere."""
    return hashlib.blake2b(entity_id.encode(), digest_size=8).digest()[-1] % 2 == 0
