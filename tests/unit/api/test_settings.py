from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.settings_sources import load_settings
from er_engine.cli import main
from er_engine.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of settings."""
    path = tmp_path / "er-engine.toml"
    path.write_text(
        'port = 1111\nrate_limit = 5\nhost = "::1"\ndirectories = ["films", "/books"]\n'
    )
    return path


def test_flags_win_over_environment_over_file(file: Path) -> None:
    """Each setting comes from the first of flags, environment, file and defaults that has it."""
    found = load_settings(
        {"port": "3333"}, file, {"ER_ENGINE_PORT": "2222", "ER_ENGINE_RATE_LIMIT": "7", "PORT": "1"}
    )
    settings = found.settings
    assert (settings.port, settings.rate_limit, settings.host) == (3333, 7.0, "::1")
    assert settings.max_waiting == 256
    assert found.origins == {
        "port": "--port",
        "rate_limit": "ER_ENGINE_RATE_LIMIT",
        "host": str(file),
        "directories": str(file),
    }


def test_file_can_be_named_in_the_environment(file: Path) -> None:
    """ER_ENGINE_CONFIG names the file where no flag does."""
    assert load_settings({}, None, {"ER_ENGINE_CONFIG": str(file)}).settings.port == 1111


def test_paths_of_a_file_are_relative_to_it(file: Path) -> None:
    """Folders that a file names are found wherever the service is started."""
    found = load_settings({}, file, {}).settings.directories
    assert found == [file.parent / "films", Path("/books")]


def test_lists_in_the_environment() -> None:
    """Names have commas between them, folders what the system puts between paths."""
    found = load_settings(
        {}, None, {"ER_ENGINE_ALLOWED_HOSTS": "a.example,b.example", "ER_ENGINE_DIRECTORIES": "x:y"}
    ).settings
    assert found.allowed_hosts == ["a.example", "b.example"]
    assert found.directories == [Path("x"), Path("y")]


@pytest.mark.parametrize(
    ("flags", "environ", "said"),
    [
        ({"port": "70000"}, {}, "--port: Input should be less than or equal to 65535"),
        ({"port": "x"}, {}, "--port: Input should be a valid integer"),
        ({}, {"ER_ENGINE_RATE_BURST": "0"}, "ER_ENGINE_RATE_BURST: rate_burst: Input should be"),
        ({}, {"ER_ENGINE_RATE_LIMT": "1"}, "there is no setting 'rate_limt'; did you mean 'rate_l"),
        ({}, {"ER_ENGINE_LOG_LEVEL": "loud"}, "ER_ENGINE_LOG_LEVEL: log_level: Input should be"),
        ({"request_seconds": "inf"}, {}, "--request-seconds: Input should be"),
        ({"body_seconds": "0"}, {}, "--body-seconds: Input should be greater"),
    ],
)
def test_wrong_value_is_named_with_its_source(
    flags: dict[str, Any], environ: dict[str, str], said: str
) -> None:
    """An error names who gave the value, the setting and what is wrong with it."""
    with pytest.raises(ConfigError) as raised:
        load_settings(flags, None, environ)
    assert said in str(raised.value)


@pytest.mark.parametrize("flag", ["--port=70000", "--workers=0", "--rate-limit=-1", "--port=x"])
def test_wrong_flag_is_wrong_usage(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    """A number out of range on the command line ends with 2, like one that is none."""
    assert main(["serve", "nothing", flag]) == 2
    assert f"error: {flag.split('=')[0]}: " in capsys.readouterr().err


def test_wrong_variable_is_no_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command was right, what it found was not: 1."""
    monkeypatch.setenv("ER_ENGINE_WORKERS", "0")
    assert main(["serve", "nothing", "--port", "0"]) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("port = 0.5", "port: Input should be a valid integer"),
        ("prot = 1", "there is no setting 'prot'; did you mean 'port'?"),
        ("port = ", "not TOML"),
        ("[port]\na = 1", "port: Input should be a valid integer"),
        ("\x00", "not TOML"),
    ],
)
def test_wrong_file_is_named(tmp_path: Path, content: str, said: str) -> None:
    """A wrong file is an error that names it."""
    path = tmp_path / "wrong.toml"
    path.write_text(content)
    with pytest.raises(ConfigError) as raised:
        load_settings({}, path, {})
    assert str(path) in str(raised.value)
    assert said in str(raised.value)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    """A file that was named and isn't there is not taken for an empty one."""
    with pytest.raises(ConfigError, match="there is no such file of settings"):
        load_settings({}, tmp_path / "no.toml", {})


def test_variables_of_the_client_are_left_alone() -> None:
    """The key and the address of a client are no settings of the service."""
    environ = {"ER_ENGINE_API_KEY": "ere_x", "ER_ENGINE_URL": "http://localhost"}
    assert load_settings({}, None, environ).origins == {}


def test_print_config_shows_sources_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed is a settings file again, says where each value is from, hides secrets."""
    monkeypatch.setenv("ER_ENGINE_OTEL_HEADERS", "authorization=hunter2")
    assert main(["serve", "--print-config", "--rate-limit", "9", "films"]) == 0
    printed = capsys.readouterr().out
    assert "rate_limit = 9.0  # --rate-limit" in printed
    assert 'host = "127.0.0.1"  # default' in printed
    assert "otel_headers: (set, not shown) (ER_ENGINE_OTEL_HEADERS)" in printed
    assert "hunter2" not in printed
    monkeypatch.delenv("ER_ENGINE_OTEL_HEADERS")
    again = tmp_path / "printed.toml"
    again.write_text(printed)
    given = load_settings({"rate_limit": 9, "directories": [tmp_path / "films"]}, None, {})
    assert load_settings({}, again, {}).settings == given.settings


def test_secret_is_not_in_an_error() -> None:
    """A wrong secret is not shown."""
    with pytest.raises(ConfigError) as raised:
        load_settings({"otel_headers": 5}, None, {})
    assert "(it is" not in str(raised.value)


def test_off_loopback_needs_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that others can reach is refused without a key file, whatever it is called."""
    for host in ("0.0.0.0", "::"):
        assert main(["serve", str(tmp_path), "--port", "0", "--host", host]) == 1
        said = capsys.readouterr().err
        assert "can be reached from other machines, which needs API keys" in said
        assert "er-engine keys create" in said


def test_serve_without_a_catalog_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """With no folder at all there is nothing to serve."""
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert "name the folder" in capsys.readouterr().err
