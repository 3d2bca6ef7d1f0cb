"""The step of a training that learns confusions: from data files to `confusions.tsv`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from er_engine.catalog import read_catalog
from er_engine.errors import TrainingError
from er_engine.phonemes.confusion_table import CONFUSIONS
from er_engine.phonemes.default import default_g2p
from er_engine.phonemes.g2p import G2P
from er_engine.queries import read_queries
from er_engine.text import normalise
from training.config import TrainingConfig
from training.confusion.counting import learn_confusions
from training.confusion.halves import in_training_half
from training.confusion.pairs import Pair, make_pairs
from training.examples import Utterance, read_examples, utterance_of
from training.progress import Progress

CATALOG, QUERIES = "catalog.jsonl", "queries.jsonl"
# Real recognisers are what counts, and there are few recordings of them.
RECORDINGS_WEIGHT = 5.0
MAX_HYPOTHESES = 8


def learn_step(
    config: TrainingConfig,
    data_folder: Path,
    output: Path,
    progress: Progress,
    recordings: Path | None = None,
) -> dict[str, Any]:
    """Learn a table from the data of a config and write it into the folder `output`.

    Args:
        config: names the n-best files and the G2Ps; what is held out there is not learned from.
        data_folder: the config's paths are relative to it.
        output: an existing folder.
        progress: says what is done.
        recordings: a folder with `catalog.jsonl` and `queries.jsonl` of other recognisers; the
            training half of its entities is learned from too.

    Returns:
        Numbers of utterances and pairs, for the record of the training.

    Raises:
        CatalogError, QueryError: a data file is missing or wrong.
        TrainingError: nothing heard is like what was said.
    """
    g2p = default_g2p(config.lang, config.g2p)
    said = read_examples(config.data, data_folder).utterances
    pairs = make_pairs(said, g2p)
    record: dict[str, Any] = {"utterances": len(said)}
    if recordings is not None:
        record["recorded_utterances"] = _add_recordings(pairs, recordings, g2p, progress)
    if not pairs:
        raise TrainingError("no confusion to learn: nothing that was heard is like what was said")
    progress.say(f"learning confusions from {len(pairs)} pairs of said and heard")
    learned = learn_confusions(pairs)
    learned.table.save(output / CONFUSIONS)
    record["pairs"] = len(pairs)
    return record


def _add_recordings(pairs: list[Pair], folder: Path, g2p: G2P, progress: Progress) -> int:
    found = half_of_recordings(folder)
    progress.say(f"{len(found)} utterances of {folder.name}")
    pairs.extend(make_pairs(found, g2p, RECORDINGS_WEIGHT))
    return len(found)


def half_of_recordings(folder: Path) -> list[Utterance]:
    """Utterances of a folder of recordings whose entities all belong to the training half.

    Raises:
        CatalogError, QueryError: a file is missing or wrong.
    """
    entities = read_catalog(folder / CATALOG).entities
    name_of = {entity.id: normalise(entity.name) for entity in entities}
    return [
        found
        for query in read_queries(folder / QUERIES)
        if query.entity_ids and all(map(in_training_half, query.entity_ids))
        if (found := utterance_of(query, name_of, MAX_HYPOTHESES))
    ]
