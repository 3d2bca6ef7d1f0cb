"""The simulation: prompts are spoken, made noisy, recognised, and come back as n-best queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from er_engine.queries import read_queries, write_queries
from er_engine.types import Hypothesis, Query
from training.simulation.augment import Effects, augment, draw_effects
from training.simulation.prompts import Prompt, seeded
from training.simulation.recogniser import Recogniser, open_recogniser
from training.simulation.settings import RecogniserSettings, SimulationSettings, plan_record
from training.simulation.shards import WorkFolder
from training.simulation.tts import Voice, open_voice
from training.simulation.vocabulary import Vocabulary
from training.simulation.waves import Samples, read_recording


@dataclass(frozen=True, slots=True)
class Engines:
    """Where voices and recognisers come from; tests hand in their own."""

    voice: Callable[[str], Voice] = open_voice
    recogniser: Callable[[RecogniserSettings], Recogniser] = open_recogniser


@dataclass(frozen=True, slots=True)
class Take:
    """One prompt with the voice, the noise and the effects that it was given.

    Those of a recording are not used: it is heard as it is.
    """

    prompt: Prompt
    voice: str
    snr_db: float
    effects: Effects = field(default_factory=Effects)


def simulate(
    prompts: Sequence[Prompt],
    output: Path,
    settings: SimulationSettings,
    *,
    vocabulary: Vocabulary = Vocabulary(),  # noqa: B008 - frozen and empty
    engines: Engines | None = None,
    workers: int = 1,
    on_progress: Callable[[int], None] = lambda done: None,
) -> list[Query]:
    """Record all prompts and write them as a query file; return the queries.

    Finished shards are kept beside the output until all are done: run the same again to resume.
    Utterances in which nothing was said or nothing was heard are left out.

    Args:
        prompts: what to say.
        output: the query file (JSONL), written at the end, atomically.
        settings: voices, noise, recogniser, seed.
        vocabulary: what the recogniser knows beside its own dictionary.
        engines: sources of voices and recognisers.
        workers: processes; the result does not depend on it.
        on_progress: called with the number of prompts done since the last call.

    Raises:
        SimulationError: a program is missing or failed, or the work folder has other settings.
    """
    engines = engines or Engines()
    if any(prompt.audio is None for prompt in prompts):
        for voice in settings.voices:
            engines.voice(voice)  # A missing program shows at once, not after an hour.
    # And a wrong name leaves no work folder that the right one could not go on with.
    engines.recogniser(settings.recogniser_settings(Vocabulary()))
    output.parent.mkdir(parents=True, exist_ok=True)
    folder = WorkFolder.beside(output)
    folder.open(plan_record(settings, prompts, vocabulary))
    vocabulary.write(folder.vocabulary_path)
    shards = cut(prompts, settings.shard_size)
    missing = folder.missing(len(shards))
    on_progress(sum(len(shard) for shard in shards) - sum(len(shards[n]) for n in missing))
    jobs = [(shards[n], folder, n, settings, engines) for n in missing]
    for done in _run(jobs, workers):
        on_progress(done)
    # An empty shard (nothing heard at all) has no lines, and is no query file either.
    paths = [folder.shard_path(n) for n in range(len(shards))]
    queries = [q for path in paths if path.stat().st_size for q in read_queries(path)]
    write_queries(output, queries)
    folder.remove()
    return queries


Job = tuple[Sequence[Prompt], WorkFolder, int, SimulationSettings, Engines]


def _run(jobs: list[Job], workers: int) -> Iterator[int]:
    if workers == 1:
        yield from map(_record_job, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_record_job, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _record_job(job: Job) -> int:
    prompts, folder, number, settings, engines = job
    vocabulary = Vocabulary.read(folder.vocabulary_path)
    queries = record_shard(prompts, settings, vocabulary, engines)
    write_queries(folder.shard_path(number), queries)
    return len(prompts)


def cut(prompts: Sequence[Prompt], size: int) -> list[Sequence[Prompt]]:
    """Cut into shards of `size`, in order."""
    return [prompts[start : start + size] for start in range(0, len(prompts), size)]


def record_shard(
    prompts: Sequence[Prompt],
    settings: SimulationSettings,
    vocabulary: Vocabulary,
    engines: Engines,
) -> list[Query]:
    """Speak and recognise one shard, with a fresh recogniser (it adapts to what it hears)."""
    takes = [draw_take(prompt, settings) for prompt in prompts]
    speech = _speak(takes, engines)
    recogniser = engines.recogniser(settings.recogniser_settings(vocabulary))
    queries = []
    for take, samples in zip(takes, speech, strict=True):
        if not len(samples):
            continue
        if take.prompt.audio is None:
            rng = seeded(settings.seed, "noise", take.prompt.id)
            samples = augment(samples, take.effects, take.snr_db, rng)
        heard = recogniser.recognise(samples)
        if heard:
            queries.append(_query(take, heard[: settings.n_best], settings))
    return queries


def draw_take(prompt: Prompt, settings: SimulationSettings) -> Take:
    """Draw voice, noise and effects of a prompt; they depend on the seed and its id only."""
    rng = seeded(settings.seed, "take", prompt.id)
    voice = settings.voices[rng.integers(len(settings.voices))]
    snr_db = settings.snr_db[rng.integers(len(settings.snr_db))]
    effects = draw_effects(settings.strength, seeded(settings.seed, "effects", prompt.id))
    return Take(prompt, voice, snr_db, effects)


def _speak(takes: Sequence[Take], engines: Engines) -> list[Samples]:
    spoken = {
        row: read_recording(Path(take.prompt.audio))
        for row, take in enumerate(takes)
        if take.prompt.audio is not None
    }
    to_say = [row for row in range(len(takes)) if row not in spoken]
    for voice in sorted({takes[row].voice for row in to_say}):
        rows = [row for row in to_say if takes[row].voice == voice]
        said = engines.voice(voice).speak([takes[row].prompt.text for row in rows])
        spoken.update(zip(rows, said, strict=True))
    return [spoken[row] for row in range(len(takes))]


def _query(take: Take, heard: Sequence[Hypothesis], settings: SimulationSettings) -> Query:
    prompt = take.prompt
    tags = {**prompt.tags, **settings.tags, **_conditions(take)}
    return Query(prompt.id, tuple(heard), prompt.entity_ids, prompt.type, prompt.text, tags)


def _conditions(take: Take) -> dict[str, object]:
    if take.prompt.audio is not None:
        return {"audio": Path(take.prompt.audio).name}
    return {"voice": take.voice, "snr_db": take.snr_db, **take.effects.tags()}
