"""Running the programs that speak."""

from __future__ import annotations

import shutil
import subprocess

from er_engine.errors import SimulationError

_TIMEOUT = 120  # seconds for one program run; a batch of 100 titles takes about 20.


def find_program(name: str, package: str) -> str:
    """Return the path of a program.

    Raises:
        SimulationError: it is not installed; the message names the Debian package.
    """
    found = shutil.which(name)
    if found is None:
        raise SimulationError(
            f"the program '{name}' is not installed; on Debian or Ubuntu: apt install {package}"
        )
    return found


def run_program(command: list[str], voice: str) -> None:
    """Run a program to its end.

    Raises:
        SimulationError: it failed or took too long; the message names the voice.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, arguments never reach a shell
            command, capture_output=True, timeout=_TIMEOUT, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulationError(f"voice {voice}: {error}") from error
    if done.returncode:
        message = done.stderr.decode(errors="replace").strip().splitlines()
        raise SimulationError(
            f"voice {voice} failed (exit code {done.returncode}): {message[-1:] or 'no message'}"
        )
