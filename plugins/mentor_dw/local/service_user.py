"""Whom PostgreSQL runs as. It refuses to run as root, so root starts it through a user that owns nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from mentor_dw.errors import MentorDwError

NAME = "mentor-dw"


@lru_cache(maxsize=1)
def service_user() -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as; None when that is the one running this.

    As root: the system user `mentor-dw`, made at the first call; where none can be made, an existing `postgres`.
    Raises MentorDwError when there is neither.
    """
    if os.geteuid() != 0:
        return None
    for name in (NAME, "postgres"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if name == NAME and _make_user():
                return pwd.getpwnam(NAME)
    raise MentorDwError(
        "PostgreSQL does not run as root, and no user could be made for it.",
        f"Make one (useradd --system {NAME}), run this as an ordinary user, or set MENTOR_DW_DSN.",
    )


def _make_user() -> bool:
    """Make the user. Two homes may start at the same moment: whoever is second waits until the first has made it."""
    for _ in range(10):
        for command in (
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", NAME],
            ["adduser", "-S", "-D", "-H", "-s", "/bin/false", NAME],
        ):
            if shutil.which(command[0]):
                subprocess.run(command, capture_output=True)
            if _exists():
                return True
        time.sleep(0.3)
    return False


def _exists() -> bool:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return False
    return True


def run_as_service(command: list[str], **options: Any) -> subprocess.CompletedProcess:
    """`subprocess.run` as the service user, from the root folder, which everyone can enter."""
    user = service_user()
    if user is not None:
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run(command, cwd="/", **options)


def can_enter(folder: Path) -> bool:
    """Whether the service user can pass through `folder` and all that lies above it."""
    return run_as_service(["test", "-x", str(folder)]).returncode == 0


def give(path: Path) -> None:
    """Make `path` the service user's."""
    user = service_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
