from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from api.keys import KeyRing, read_keys
from er_engine.cli import main


def create(file: Path, name: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Make a key with the command; return what it printed."""
    assert main(["keys", "create", name, "--file", str(file), *more]) == 0
    return capsys.readouterr().out.strip()


def test_key_is_shown_once_and_kept_as_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints the key; the file holds only its hash, and only its owner reads it."""
    file = tmp_path / "keys.json"
    text = create(file, "kiosk", capsys, "--scope", "write")
    found = KeyRing(file).find(text)
    assert found is not None
    assert (found.name, found.scope) == ("kiosk", "write")
    secret = text.split("_", maxsplit=2)[2]
    assert len(secret) == 43
    assert secret not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_default_scope_only_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who says nothing gets the smaller right."""
    file = tmp_path / "keys.json"
    create(file, "kiosk", capsys)
    assert [key.scope for key in read_keys(file)] == ["read"]


def test_list_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has ids, scopes and names, neither secrets nor hashes."""
    file = tmp_path / "keys.json"
    text = create(file, "kiosk", capsys)
    assert main(["keys", "list", "--file", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "kiosk" in shown
    assert read_keys(file)[0].id in shown
    assert text not in shown
    assert read_keys(file)[0].sha256 not in shown


def test_revoked_key_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Revoking takes one key away and leaves the others; an unknown id is an error."""
    file = tmp_path / "keys.json"
    kept, lost = create(file, "a", capsys), create(file, "b", capsys)
    lost_id = read_keys(file)[1].id
    assert main(["keys", "revoke", lost_id, "--file", str(file)]) == 0
    ring = KeyRing(file)
    assert ring.find(kept) is not None
    assert ring.find(lost) is None
    assert main(["keys", "revoke", lost_id, "--file", str(file)]) == 1
    assert f"no key has the id '{lost_id}'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 101])
def test_name_of_a_key_is_checked(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that would spoil logs is refused, and no file is made."""
    file = tmp_path / "keys.json"
    assert main(["keys", "create", name, "--file", str(file)]) == 1
    assert "printable" in capsys.readouterr().err
    assert not file.exists()


def test_keys_are_compared_in_constant_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every presented key, known or not, goes through one constant-time comparison of hashes."""
    import hmac

    file = tmp_path / "keys.json"
    text = create(file, "a", capsys)
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def seen(left: str, right: str) -> bool:
        compared.append((len(left), len(right)))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", seen)
    ring = KeyRing(file)
    assert ring.find(text) is not None
    assert ring.find("") is None
    assert ring.find("ere_00000000_" + "A" * 43) is None
    assert compared == [(64, 64)] * 3


def test_wrong_scope_in_the_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scope that does not exist is not taken for one that does."""
    from er_engine.errors import ServiceError

    file = tmp_path / "keys.json"
    create(file, "a", capsys)
    record = json.loads(file.read_text())
    record["keys"][0]["scope"] = "admin"
    file.write_text(json.dumps(record))
    with pytest.raises(ServiceError, match=r"keys\[0\].scope: 'admin' is none of read, write"):
        read_keys(file)
