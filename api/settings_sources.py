"""Where settings come from: a TOML file, the environment, flags; and which one said what."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from api.settings import ENV_PREFIX, Settings
from er_engine.errors import ConfigError, UsageError
from er_engine.wire import plain_message

DEFAULT = "default"
_REDACTED = "(set, not shown)"
# Variables that begin alike but are for the client.
_OTHERS = ("ER_ENGINE_API_KEY", "ER_ENGINE_URL")


@dataclass(frozen=True, slots=True)
class Configured:
    """Checked settings, and for each one that was given who gave it."""

    settings: Settings
    origins: Mapping[str, str]

    def as_toml(self) -> str:
        """The settings as a file that can be used again; secrets are left out."""
        lines = []
        for name in Settings.model_fields:
            value = getattr(self.settings, name)
            origin = self.origins.get(name, DEFAULT)
            if value is None or isinstance(value, SecretStr):
                shown = _REDACTED if isinstance(value, SecretStr) else "not set"
                lines.append(f"# {name}: {shown} ({origin})")
            else:
                lines.append(f"{name} = {_toml(value)}  # {origin}")
        return "\n".join(lines)


def load_settings(
    flags: Mapping[str, Any], file: Path | None = None, environ: Mapping[str, str] | None = None
) -> Configured:
    """Join flags, environment and file, in this order of precedence, and check them.

    Args:
        flags: what the command line gave, by the name of the setting.
        file: a TOML file; None reads the one that ER_ENGINE_CONFIG names, if any.
        environ: the environment; None for that of the process.

    Raises:
        UsageError: a value that a flag gave is wrong, maybe with others.
        ConfigError: a value is wrong or a name unknown; the message names field and source.
    """
    environment = os.environ if environ is None else environ
    named = file or (Path(text) if (text := environment.get(f"{ENV_PREFIX}CONFIG")) else None)
    of_file = _read_file(named) if named else {}
    of_environment = _read_environment(environment)
    values = {**of_file, **of_environment, **flags}
    origins = dict.fromkeys(of_file, f"{named}")
    origins |= {name: ENV_PREFIX + name.upper() for name in of_environment}
    origins |= {name: flag_of(name) for name in flags}
    try:
        return Configured(Settings(**values), origins)
    except ValidationError as error:
        of_flag = any(item["loc"] and item["loc"][0] in flags for item in error.errors())
        kind = UsageError if of_flag else ConfigError
        raise kind(_describe(error, origins)) from None


def flag_of(name: str) -> str:
    """`--rate-limit` for `rate_limit`."""
    return "DIR" if name == "directories" else "--" + name.replace("_", "-")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        values = TomlConfigSettingsSource(Settings, toml_file=path).toml_data
        if not path.is_file():  # the library takes a missing file for an empty one
            raise ConfigError(f"{path}: there is no such file of settings")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    for name in values:
        _check_name(name, f"{path}")
    # Paths in a file are relative to it, wherever the service is started.
    return {name: _relative_to(path.parent, name, value) for name, value in values.items()}


def _relative_to(folder: Path, name: str, value: Any) -> Any:
    if name == "directories" and isinstance(value, list):
        return [_relative_to(folder, "", item) for item in value]
    if name in ("", "data_dir", "api_keys", "audit_log", "report") and isinstance(value, str):
        return str(folder / value)
    return value


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    given = {
        name: text
        for name, text in environ.items()
        if name.startswith(ENV_PREFIX) and name not in (*_OTHERS, f"{ENV_PREFIX}CONFIG")
    }
    for name in given:
        _check_name(name.removeprefix(ENV_PREFIX).lower(), f"environment, {name}")
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): text for name, text in given.items()}
    return source()


def _check_name(name: str, origin: str) -> None:
    if name not in Settings.model_fields:
        close = difflib.get_close_matches(name, Settings.model_fields, 1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise ConfigError(f"{origin}: there is no setting {name!r}{meant}")


def _describe(error: ValidationError, origins: Mapping[str, str]) -> str:
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        value = "" if "headers" in name else f" (it is {item['input']!r})"
        origin = origins.get(name, DEFAULT)
        where = origin if origin == flag_of(name) else f"{origin}: {name}"
        lines.append(f"{where}: {plain_message(item['msg'])}{value}")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, str | Path):
        import json

        return json.dumps(str(value))  # a JSON string is a TOML one
    return str(value)
