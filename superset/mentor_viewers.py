"""Whose eyes Superset reads the warehouse with: the database role of whoever looks.

Imports nothing of Superset, so that it can be judged without it. A login of Superset is a login of the warehouse
(`bi_reader`, or a scoped role): same name, same password. The file of the logins is written by the house
(`mentor_dw/local/connection_file.py`) and read at every log-in and every connection, so that a new role can look, and
a removed one can no longer, without anything being told to Superset.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Superset's own administrator, who is nobody in the warehouse; she keeps the dashboards, and sees them as `bi_reader`.
ADMIN = "admin"
ALL_AREAS = "bi_reader"
#: Variables that name the file of the logins, and that of the administrator's password.
LOGINS_FILE, PASSWORD_FILE = "MENTOR_DW_SUPERSET_LOGINS_FILE", "MENTOR_DW_SUPERSET_PASSWORD_FILE"


class UnknownViewerError(PermissionError):
    """Somebody who has no login in the warehouse."""


@dataclass(frozen=True)
class Viewer:
    """A login of the warehouse. Its repr shows no password."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)


def viewer_of(name: str | None) -> Viewer | None:
    """The login of the warehouse that belongs to the login `name` of Superset; None when there is none."""
    logins = json.loads(Path(os.environ[LOGINS_FILE]).read_text(encoding="utf-8"))
    facts = logins.get(ALL_AREAS if name == ADMIN else name)
    return Viewer(**facts) if facts else None


def may_log_in(name: str, password: str) -> bool:
    """Whether `password` is that of `name`: the one of the warehouse, or the administrator's own."""
    if name == ADMIN:
        known = Path(os.environ[PASSWORD_FILE]).read_text(encoding="utf-8").strip()
    else:
        viewer = viewer_of(name)
        known = viewer.password if viewer else ""
    # Compared also for a name that nobody has, so that it takes as long.
    return hmac.compare_digest(known.encode(), password.encode()) and known != ""


def as_viewer(uri: Any, params: dict[str, Any], name: str | None) -> tuple[Any, dict[str, Any]]:
    """The address `uri` (SQLAlchemy's URL) and the arguments `params` of an engine, for the viewer `name`.

    Whatever login the address had is replaced. Raises UnknownViewerError when nobody is asking, or somebody who is no
    login of the warehouse.
    """
    viewer = viewer_of(name)
    if viewer is None:
        raise UnknownViewerError("You have no login in the warehouse, so there is nothing to see.")
    address = uri.set(
        host=viewer.host, port=viewer.port, database=viewer.database, username=viewer.user, password=viewer.password
    )
    return address, params | {"connect_args": params.get("connect_args", {}) | {"application_name": "superset"}}
