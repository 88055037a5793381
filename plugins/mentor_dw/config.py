"""Settings of one installation: environment variables that start with MENTOR_DW_, and the folders they lead to."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parents[2]

#: The clock that people of the house live by; the database keeps moments, this says which day and hour they were.
COPENHAGEN = ZoneInfo("Europe/Copenhagen")

#: Database roles that log in, from the loader at the door to the reader at the counter (docs/roles.md).
ROLES = ("loader", "transformer", "bi_reader", "casework", "steward", "delivery", "operator")
#: Of these, the one that sees what is published of all areas.
ALL_AREAS = "bi_reader"
#: The role without a login that every scoped login is a member of.
SCOPED = "bi_scoped"


class Settings(BaseSettings):
    """One installation. Every field can be set as MENTOR_DW_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="MENTOR_DW_", extra="ignore")

    home: Path = Field(PROJECT_ROOT / ".local", description="everything the local installation writes")
    dsn: SecretStr | None = Field(None, description="a given PostgreSQL 15+ instead of the embedded one")
    dsn_password_file: Path | None = Field(None, description="a file with the password of the role in dsn")
    database: str = Field("mentor_dw", description="name of the warehouse database")
    airflow_database: str = Field("mentor_dw_airflow", description="name of Airflow's own database")
    settle_seconds: int = Field(10, ge=0, description="a file is taken when unchanged for so long")
    archive_days: int = Field(90, ge=0, description="accepted files are kept encrypted so long; 0 keeps none")
    refused_days: int = Field(90, ge=0, description="refused files are kept so long")
    dream_persons: Literal["known", "all"] = Field(
        "known", description="whose DREAM rows are kept: persons a mentor source knows, or all; all needs a legal basis"
    )
    dream_legal_basis: str | None = Field(
        None, description="the written legal basis for keeping everybody's DREAM rows, in words"
    )
    dream_unknown_days: int = Field(
        45, ge=0, description="DREAM rows of persons whom no mentor source knows are kept so long"
    )
    raw_days: int = Field(
        3650, ge=0, description="rows of deliveries that count no longer stay in raw so long after they were overtaken"
    )
    quarantine_days: int = Field(365, ge=0, description="findings about rows set aside are kept so long")
    validation_days: int = Field(1095, ge=0, description="what the rules counted for a delivery is kept so long")
    access_days: int = Field(365, ge=0, description="who read which person-level relation is kept so long")
    report_days: int = Field(365, ge=0, description="reports to owners and data docs are kept so long")
    log_days: int = Field(90, ge=0, description="log files are kept so long")
    subject_report_days: int = Field(30, ge=0, description="answers to requests for access are kept so long here")
    backup_to: Path | None = Field(None, description="folder on another disk or machine for the nightly backup")
    backup_keys_to: Path | None = Field(None, description="another folder for the backup of the keys")
    part_megabytes: int = Field(256, ge=1, description="larger plain files of a wide source are read in parts")
    parallelism: int = Field(4, ge=1, description="Airflow tasks at the same time")
    executor: Literal["local", "celery"] = Field(
        "local", description="where tasks run: beside the scheduler, or on workers that take them from Redis"
    )
    broker: SecretStr | None = Field(None, description="the Redis of the workers, as redis://host:6379/0")
    broker_password_file: Path | None = Field(None, description="a file with the password of that Redis")
    workers: int = Field(1, ge=0, description="workers that run on this machine")
    worker_tasks: int = Field(2, ge=1, description="tasks at the same time on one worker")
    api_url: str | None = Field(None, description="where other machines reach the Airflow page")
    api_host: str = Field("127.0.0.1", description="address the Airflow page listens on")
    api_port: int | None = Field(None, description="port of the Airflow page; a free one is chosen and kept")
    postgres_port: int | None = Field(None, description="port of the embedded PostgreSQL; a free one is chosen")
    alert_mail_to: str | None = Field(None, description="who gets alerts by mail; several with a comma between")
    alert_mail_from: str | None = Field(None, description="sender of those mails; the first recipient, when not said")
    alert_smtp_host: str = Field("localhost", description="the mail server")
    alert_smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    alert_smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted; none is for a server on this machine only"
    )
    alert_smtp_ca_file: Path | None = Field(None, description="certificates that are trusted besides the system's")
    alert_smtp_user: str | None = Field(None, description="login at the mail server; none, when not said")
    alert_smtp_password_file: Path | None = Field(None, description="file with its password")
    alert_webhook_url_file: Path | None = Field(None, description="file with the address that alerts are posted to")
    alert_webhook_secret_file: Path | None = Field(None, description="file with the secret that signs them (HMAC)")
    alert_runbook_url: str | None = Field(
        None, description="where the project's files can be read; runbooks are told with it in front"
    )
    alert_disk_free_pct: int = Field(10, ge=1, le=99, description="less free space of a disk is an alert")
    lineage_url: str | None = Field(None, description="where OpenLineage events are posted to, besides the file")
    lineage_token_file: Path | None = Field(None, description="file with the token for it")
    metrics_file: Path | None = Field(
        None, description="file for Prometheus' textfile collector; metrics/mentor_dw.prom in the home, when not said"
    )

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def refused(self) -> Path:
        return self.home / "refused"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def data_docs(self) -> Path:
        return self.home / "data_docs"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def subject_reports(self) -> Path:
        return self.home / "subject_reports"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    settings = Settings()
    settings.home = settings.home.expanduser().resolve()
    return settings
