"""What one query may ask for beside its hypotheses, its type and how many candidates it wants."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from er_engine.attributes import AttributeValue
from er_engine.errors import QueryError

# Natural logarithm of the factor on the odds of an entity in the context: about 4.5 times.
DEFAULT_CONTEXT_BOOST = 1.5
MAX_CONTEXT_BOOST = 10.0


@dataclass(frozen=True, slots=True)
class ResolveOptions:
    """Options of one query.

    Attributes:
        attributes: only entities that have all of these attributes; a list of values takes any.
        min_probability: candidates below this are left out; with none left nothing matches.
        context: ids of entities that are likelier than others (on the screen, used lately).
            Unknown ids are ignored: a context outlives entities.
        context_boost: added to the log-odds of each entity in the context, against all others and
            against "nothing is right".
        precision: probability that `match` needs, in place of the model's threshold.
        no_match_share: how often nothing in the catalog is meant, in place of the share that the
            model's probabilities suppose; above 0 and below 1.
        explain: say for each candidate where its score comes from.
    """

    attributes: Mapping[str, AttributeValue | Sequence[AttributeValue]] = field(
        default_factory=dict
    )
    min_probability: float = 0.0
    context: tuple[str, ...] = ()
    context_boost: float = DEFAULT_CONTEXT_BOOST
    precision: float | None = None
    no_match_share: float | None = None
    explain: bool = False

    def __post_init__(self) -> None:
        for name, value in (
            ("min_probability", self.min_probability),
            ("precision", self.precision),
        ):
            if value is not None and not 0 <= value <= 1:
                raise QueryError(f"{name} is {value}; a probability is 0 to 1")
        share = self.no_match_share
        if share is not None and not 0 < share < 1:
            raise QueryError(f"no_match_share is {share}; it must be above 0 and below 1")
        boost = self.context_boost
        if not (math.isfinite(boost) and abs(boost) <= MAX_CONTEXT_BOOST):
            raise QueryError(
                f"context_boost is {boost}; it must be {-MAX_CONTEXT_BOOST} to {MAX_CONTEXT_BOOST}"
            )


NO_OPTIONS = ResolveOptions()
