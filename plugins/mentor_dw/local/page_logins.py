"""Who may log in on the Airflow page: names, roles and salted hashes of passwords in one file of `secrets/`.

Nobody's password can be read from the file. The user `admin` is the house itself: the command logs in with it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mentor_dw.config import ALL_AREAS, Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.folders import write_private
from mentor_dw.masking import holds_cpr

USERS_FILE = "airflow_users.json"
#: The user that the command itself logs in as.
HOUSE_USER = "admin"
#: From reading to everything, as Airflow's roles go: viewer reads; user also starts and stops runs; op also changes
#: connections, pools and variables; admin may do all.
ROLES = ("viewer", "user", "op", "admin")
SHORTEST_PASSWORD = 12

_NAME = re.compile(r"[a-z][a-z0-9._@-]{1,62}[a-z0-9]")
#: 16 MiB and about 50 ms for a try.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
_SALT_BYTES = 16


@dataclass(frozen=True)
class Login:
    """Somebody who may log in. `sees`: the login of the warehouse whose numbers the pages show her, if any.

    `token_id` changes with every password, so that older log-ins end.
    """

    name: str
    role: str
    token_id: str = field(repr=False)
    sees: str | None = None

    @property
    def sees_one_area(self) -> bool:
        """Whether it belongs to an area, and so sees nothing that is told of all of them."""
        return of_one_area(self.sees)


def of_one_area(sees: str | None) -> bool:
    """Whether the login `sees` of the warehouse is that of an area; None is no login."""
    return sees not in (None, ALL_AREAS)


def logins(settings: Settings) -> list[Login]:
    """Everybody who may log in, by name."""
    return [_login(name, facts) for name, facts in sorted(_read(settings).items())]


def login_of(settings: Settings, name: str) -> Login | None:
    """The login called `name`, if there is one."""
    return next((login for login in logins(settings) if login.name == name), None)


def check_password(settings: Settings, name: str, password: str) -> Login | None:
    """The login when name and password fit. As slow for a name that does not exist."""
    facts = _read(settings).get(name)
    salt = bytes.fromhex(facts["salt"]) if facts else bytes(_SALT_BYTES)
    given = _hash(password, salt)
    if facts is None or not hmac.compare_digest(given, bytes.fromhex(facts["hash"])):
        return None
    return _login(name, facts)


def add_login(settings: Settings, name: str, role: str, password: str, sees: str | None = None) -> None:
    """Let `name` log in with `password`; the pages show her the numbers that the warehouse's login `sees` may read.

    Raises MentorDwError for a bad name, role or password, or a known name.
    """
    if not _NAME.fullmatch(name) or holds_cpr(name):
        raise MentorDwError(
            "A name is 3 to 64 small letters, digits, dots, hyphens, underscores and @, and begins with a letter.",
            "Choose another name; it stands in logs, so no CPR number.",
        )
    if role not in ROLES:
        raise MentorDwError(f"There is no role {role}.", f"Roles are: {', '.join(ROLES)}.")
    if len(password) < SHORTEST_PASSWORD:
        raise MentorDwError(
            f"The password is shorter than {SHORTEST_PASSWORD} characters.", "Choose a longer one, or leave it to us."
        )
    with _changing(settings) as users:
        if name in users:
            raise MentorDwError(
                f"There is a user {name} already.", f"For another password or role: mentor-dw users remove {name}, add."
            )
        users[name] = _facts(role, password, sees)


def remove_login(settings: Settings, name: str) -> None:
    """`name` may no longer log in, and log-ins that are open end. Raises MentorDwError for nobody and for the house."""
    if name == HOUSE_USER:
        raise MentorDwError(
            f"{HOUSE_USER} is the house itself and stays.",
            "For another password: delete secrets/airflow_admin_password and run `mentor-dw up`.",
        )
    with _changing(settings) as users:
        if users.pop(name, None) is None:
            raise MentorDwError(f"There is no user {name}.", "`mentor-dw users` lists them.")


def ensure_house_login(settings: Settings, password: str) -> None:
    """The house can log in with `password`, which lies in a file of its own."""
    known = check_password(settings, HOUSE_USER, password)
    if known is None or (known.role, known.sees) != ("admin", ALL_AREAS):
        with _changing(settings) as users:
            users[HOUSE_USER] = _facts("admin", password, ALL_AREAS)


def new_password() -> str:
    """A password nobody has to think of."""
    return secrets.token_urlsafe(18)


def _login(name: str, facts: dict[str, Any]) -> Login:
    return Login(name, facts["role"], facts["token_id"], facts.get("sees"))


def _facts(role: str, password: str, sees: str | None) -> dict[str, Any]:
    salt = secrets.token_bytes(_SALT_BYTES)
    return {
        "role": role,
        "sees": sees,
        "salt": salt.hex(),
        "hash": _hash(password, salt).hex(),
        "token_id": secrets.token_hex(8),
    }


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)


def _read(settings: Settings) -> dict[str, dict[str, Any]]:
    path = settings.secrets / USERS_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@contextmanager
def _changing(settings: Settings) -> Iterator[dict[str, dict[str, Any]]]:
    """The users, written back at the end of the block; one change at a time."""
    lock = os.open(settings.home / ".users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        users = _read(settings)
        yield users
        write_private(settings.secrets / USERS_FILE, json.dumps(users, indent=1) + "\n")
    finally:
        os.close(lock)
