"""The folders of one installation. Those that may hold CPR numbers are open to their owner only."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret, write_private

#: The registers that deliver; each has its inbox before its feed exists, so that files can wait there.
INBOXES = ("webreg", "dream", "biflis")


def ensure_folders(settings: Settings) -> None:
    """Make every folder of the home, idempotently.

    The home itself keeps the mode it has (PostgreSQL may have to pass through it); what lies below is 0700.
    Raises MentorDwError when the home cannot be written.
    """
    private = [
        settings.inbox,
        *(settings.inbox / source for source in INBOXES),
        settings.archive,
        settings.refused,
        settings.outbox,
        settings.reports,
        settings.data_docs,
        settings.secrets,
        settings.logs,
        airflow_home(settings),
    ]
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        for folder in private:
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
    except OSError as error:
        raise MentorDwError(
            f"{settings.home} cannot be written ({error.strerror}).",
            "Give it to the user who runs this, or set MENTOR_DW_HOME to another folder.",
        ) from None


def airflow_home(settings: Settings) -> Path:
    """AIRFLOW_HOME of this installation."""
    return settings.home / "airflow"


def kept_secret(settings: Settings, name: str) -> str:
    """The secret called `name` of this installation (256 random bits), made at the first call."""
    path = settings.secrets / name
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(32))
    return read_secret(path)


def read_notes(settings: Settings) -> dict[str, Any]:
    """What the installation wrote down about itself: the ports it chose."""
    path = settings.home / "installation.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write_notes(settings: Settings, **facts: Any) -> None:
    """Add `facts` to the notes of the installation."""
    write_private(settings.home / "installation.json", json.dumps(read_notes(settings) | facts, indent=2))
