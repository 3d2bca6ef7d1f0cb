"""The settings of the service. Flags win over the environment, that over the file, that over these.

Names are the same everywhere: `rate_limit` in the file, ER_ENGINE_RATE_LIMIT, `--rate-limit`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api import bounds

ENV_PREFIX = "ER_ENGINE_"
LAST_PORT = 65_535


def _split(separator: str) -> Any:
    def split(value: Any) -> Any:
        return (
            [item for item in value.split(separator) if item] if isinstance(value, str) else value
        )

    return BeforeValidator(split)


Names = Annotated[list[str], NoDecode, _split(",")]
Folders = Annotated[list[Path], NoDecode, _split(os.pathsep)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseSettings):
    """How one service runs; the descriptions are the help of the flags."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    directories: Folders = Field(
        default=[], description="folders of built indexes, served under their names"
    )
    data_dir: Path | None = Field(
        default=None, description="folder of live catalogs, which change while they are served"
    )
    default_catalog: str | None = Field(
        default=None,
        description="name of the catalog that answers where none is named (default: the first "
        "folder, or the one that was it before)",
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(
        default=8000, ge=0, le=LAST_PORT, description="0 takes any free port and prints it"
    )
    model: str | None = Field(default=None, description="model folder (default: the packaged one)")
    workers: int = Field(default=1, ge=1, le=64, description="processes that answer queries")
    report: Path | None = Field(
        default=None, description="report of er-engine evaluate (HTML) that the web page shows"
    )

    api_keys: Path | None = Field(
        default=None, description="key file (er-engine keys create); needed off loopback"
    )
    allowed_hosts: Names = Field(
        default=[],
        description="host names to answer to, with commas between (default: any with "
        "API keys, else those of loopback)",
    )
    trusted_proxies: Names = Field(
        default=[], description="addresses of proxies whose X-Forwarded-For is believed"
    )
    audit_log: Path | None = Field(
        default=None, description="file of who changed what (default: audit.jsonl in DATA_DIR)"
    )

    rate_limit: float = Field(
        default=100.0, ge=0, le=1e6, description="queries a second for each API key; 0: no limit"
    )
    rate_burst: int = Field(
        default=200, ge=1, le=1_000_000, description="queries that a key may send at once"
    )
    max_body_bytes: int = Field(
        default=bounds.MAX_BODY_BYTES, ge=1_000, description="largest request body"
    )
    max_upload_bytes: int = Field(
        default=bounds.MAX_UPLOAD_BYTES, ge=1_000, description="largest uploaded catalog"
    )
    max_waiting: int = Field(
        default=bounds.MAX_WAITING, ge=1, le=100_000, description="requests that may wait"
    )
    max_connections: int = Field(default=1_000, ge=1, le=100_000, description="open connections")
    max_wait_seconds: Seconds = Field(
        default=bounds.MAX_WAIT_SECONDS, description="longest wait for a free place to be answered"
    )
    header_seconds: Seconds = Field(default=10.0, description="time to send a request's headers")
    body_seconds: Seconds = Field(
        default=bounds.BODY_SECONDS, description="time to send a request's body"
    )
    upload_seconds: Seconds = Field(
        default=bounds.UPLOAD_SECONDS, description="time to send and to take in a catalog"
    )
    request_seconds: Seconds = Field(
        default=bounds.REQUEST_SECONDS, description="time until an answer begins"
    )
    send_seconds: Seconds = Field(
        default=bounds.SEND_SECONDS, description="time for a client to read a part of an answer"
    )
    keep_alive_seconds: Seconds = Field(default=20.0, description="rest of an idle connection")
    shutdown_seconds: Seconds = Field(
        default=30.0, description="time for running requests when the service stops"
    )

    keep_snapshots: int = Field(
        default=5, ge=1, le=1_000, description="snapshots of each catalog to keep, the newest ones"
    )

    feedback_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="days that feedback is kept, which is what people said (default: for ever)",
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least important lines of the log"
    )
    log_format: Literal["json", "text"] = Field(default="json", description="shape of its lines")
    log_texts: bool = Field(default=False, description="log what was said, too")

    otel_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP address for traces (needs the extra 'otel')"
    )
    otel_headers: SecretStr | None = Field(
        default=None, description="headers for it: name=value, with commas between"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: `api.settings_sources` reads file, environment and flags."""
        return (init_settings,)
