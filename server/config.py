"""Settings: the only module that reads the environment.

Place in the order's way: none; read once by `server/deps.py` and handed down. Every field is documented in
docs/settings.md, and a contract test holds the two together.
"""

from __future__ import annotations

import os
from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


def _split(text: object) -> object:
    if not isinstance(text, str):
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _networks(parts: tuple[str, ...]) -> tuple[str, ...]:
    for part in parts:
        ip_network(part, strict=False)
    return parts


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[Listed, AfterValidator(_networks)]


class Settings(BaseSettings):
    """All settings; the environment names them with the prefix ``SLUICE_``."""

    model_config = SettingsConfigDict(env_prefix="SLUICE_", extra="ignore", frozen=True)

    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in DATA_DIR")
    data_dir: Path = Field(default=ROOT / "var" / "data", description="Originals over 1 MB, the SQLite file, keys")
    host: str = Field(default="127.0.0.1", description="Address that the web server listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the web server")
    trusted_proxies: Networks = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded headers count, comma between",
    )
    admin_key: str = Field(default="", description="First API key; empty: made and printed at the first start")
    secret_key: str = Field(default="", description="Signs sessions; empty: made once and kept in DATA_DIR")
    data_keys: Listed = Field(
        default=(), description="Base64 keys (32 bytes each, comma between) that wrap personal data; first is active"
    )
    broker_url: str = Field(default="", description="AMQP URL of RabbitMQ; empty: jobs run in this process")
    ocr_engine: Literal["auto", "rapidocr", "tesseract"] = Field(default="auto", description="Recognition engine")
    rules_dir: Path = Field(default=ROOT / "rules" / "policies", description="Rule files that seed the database")
    timezone: str = Field(default="Asia/Shanghai", description='IANA name of the zone that "today" means')
    locale: Literal["zh", "en"] = Field(default="zh", description="Language of screens before a person chooses")
    threads: int = Field(default=8, ge=1, le=64, description="Request threads of the web process")
    web_workers: int = Field(default=2, ge=1, le=64, description="Web processes on PostgreSQL (SQLite has one)")
    job_threads: int = Field(default=2, ge=1, le=32, description="Jobs that one worker runs at a time")
    engine_children: int = Field(default=1, ge=1, le=16, description="Rules engine children per process")
    erp_url: str = Field(default="", description="Base URL of the ERP that approved orders are pushed to")
    erp_token: str = Field(default="", description="Bearer token for the ERP")
    erp_timeout_s: float = Field(default=10.0, gt=0, description="Seconds to wait for the ERP")
    credit_url: str = Field(default="", description="Base URL of the credit bureau; empty: own accounts only")
    credit_timeout_s: float = Field(default=0.3, gt=0, description="Seconds to wait for the credit bureau")
    credit_unavailable: Literal["hold", "flag"] = Field(
        default="hold", description="What an unreachable credit bureau leads to"
    )
    webhook_allow_private: bool = Field(default=False, description="Let webhooks go to private addresses (tests)")
    smtp_port: int = Field(default=0, ge=0, le=65535, description="Port of the mail receiver; 0: off")
    smtp_domains: Listed = Field(
        default=(), description="Mail domains accepted by the receiver, comma between; empty: any"
    )
    smtp_url: str = Field(
        default="", description="smtp(s)://user:password@host:port that answers to senders go out by; empty: none"
    )
    mail_from: str = Field(default="", description="Address that answers to senders come from")
    drop_dir: str = Field(default="", description="Folder whose CHANNEL/in folders are watched for files; empty: none")
    imap_url: str = Field(default="", description="imap(s)://user:password@host:port/folder polled for orders")
    rate_limit: int = Field(default=6000, ge=1, description="API calls a minute per key")
    request_log_days: int = Field(default=30, ge=0, le=400, description="Days that the request log is kept; 0: no log")

    @cached_property
    def url(self) -> str:
        """Return the database URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'sluice.db'}"

    def trusts(self, address: str) -> bool:
        """Say whether a caller's IP address is that of a proxy of ours."""
        try:
            caller = ip_address(address)
        except ValueError:  # a socket of this machine has no address
            return False
        return any(caller in ip_network(part, strict=False) for part in self.trusted_proxies)

    @property
    def is_sqlite(self) -> bool:
        """Say whether the database is SQLite: then one process writes."""
        return self.url.startswith("sqlite")


def load_settings(**overrides: object) -> Settings:
    """Read the environment; ``overrides`` win. Raises pydantic's ValidationError, which names the setting."""
    return Settings.model_validate({**Settings().model_dump(), **overrides})


def child_environment(**settings: object) -> dict[str, str]:
    """Return the environment for a child process, with some settings replaced."""
    named = {f"SLUICE_{name.upper()}": str(value) for name, value in settings.items()}
    return {**os.environ, **named}  # noqa: TID251 - the one reader
