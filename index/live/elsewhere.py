"""Writing a generation in a process of its own: Python threads would hold up queries meanwhile.

`python -m index.live.elsewhere` reads what to do from its arguments, and reports on its output, one
JSON array `[phase, done, total]` on each line, and at last `["written", sequence, mark]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from er_engine.errors import ErEngineError, StorageError
from index.builder import Progress
from index.live.database import CatalogDatabase
from index.live.generations import Generation, Generations
from index.live.still import EncoderName
from index.live.write_points import nothing

NICENESS = 5
_WRITTEN = "written"
_FAILED = "failed"


def write_elsewhere(
    database: Path, directory: Path, encoder: EncoderName, progress: Progress
) -> Generation:
    """Write the generation of all there is, in another process.

    Raises:
        StorageError: it failed; the message is that of the other process.
        OSError: no process can be started; or what `progress` raises.
    """
    names = (encoder.fingerprint, encoder.g2p, encoder.inventory)
    arguments = (str(database), str(directory), *names, str(encoder.dimension), str(os.getpid()))
    process = subprocess.Popen(  # noqa: S603 - our own module, without a shell
        (sys.executable, "-P", "-m", "index.live.elsewhere", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            return _follow(process, directory, progress)
        finally:
            process.kill()


def _follow(process: subprocess.Popen[str], directory: Path, progress: Progress) -> Generation:
    assert process.stdout is not None
    for line in process.stdout:
        what, first, second = json.loads(line)
        if what == _WRITTEN:
            return Generation.at(directory, first, bytes.fromhex(second))
        if what == _FAILED:
            raise StorageError(str(first))
        progress(what, first, second)
    raise StorageError(
        f"{directory}: the process that made new vectors ended with {process.wait()}; "
        "is there enough memory? It is tried again"
    )


def main(arguments: list[str]) -> int:
    """Write a generation; return the exit code."""
    database, directory, fingerprint, g2p, inventory, dimension, parent = arguments
    os.nice(NICENESS)

    def report(phase: str, done: int, total: int) -> None:
        if os.getppid() != int(parent):
            # The next service makes its own; this one must not get into its way.
            raise StorageError("the service has ended")
        _say(phase, done, total)

    encoder = EncoderName(fingerprint, g2p, int(dimension), inventory)
    try:
        source = CatalogDatabase(Path(database), read_only=True)
        generations = Generations(Path(directory), encoder, nothing)
        report("start", 0, 0)
        with source.still() as still:
            written = generations.write(still, source.settings, report)
    except (ErEngineError, OSError) as error:
        return _end(1, _FAILED, str(error), 0)
    return _end(0, _WRITTEN, written.sequence, written.mark.hex())


def _end(code: int, *words: str | int) -> int:
    with suppress(OSError):  # nobody may be listening any more
        _say(*words)
    return code


def _say(*words: str | int) -> None:
    os.write(sys.stdout.fileno(), json.dumps(words).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
