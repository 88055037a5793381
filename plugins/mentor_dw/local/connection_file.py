"""Where the roles log in, written down: for the house in `secrets/connection.json`, and for Superset, where it is used,
in a file of its own with the logins of viewers only.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mentor_dw.config import ALL_AREAS, ROLES, Settings
from mentor_dw.database import CONNECTION_FILE, address, given_by
from mentor_dw.secret_files import read_secret, write_private


def superset_home(settings: Settings) -> Path:
    """What Superset has of its own: its database, and the logins of its viewers."""
    return settings.home / "superset"


def write_connection_file(settings: Settings, facts: dict[str, Any]) -> None:
    """Write down where the roles log in: `host`, `port`, `database`, `roles`, each with `user` and `password`."""
    write_private(settings.secrets / CONNECTION_FILE, json.dumps(facts, indent=2))
    if superset_home(settings).is_dir():
        _write_viewers(settings, facts)


def ensure_viewers(settings: Settings) -> None:
    """Have the file of the viewers from now on, and as it must be now; the roles log in already."""
    superset_home(settings).mkdir(mode=0o700, exist_ok=True)
    _write_viewers(settings, json.loads(read_secret(settings.secrets / CONNECTION_FILE)))


def viewers(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The logins that may look through Superset, by name: `bi_reader` and the scoped ones."""
    scoped = facts["roles"].keys() - {*ROLES, "owner", "airflow"}
    place = {name: facts[name] for name in ("host", "port", "database")}
    return {
        name: asdict(address(name)) if given_by(name) else place | facts["roles"][name]
        for name in (ALL_AREAS, *sorted(scoped))
    }


def _write_viewers(settings: Settings, facts: dict[str, Any]) -> None:
    write_private(superset_home(settings) / "logins.json", json.dumps(viewers(facts), indent=1))
