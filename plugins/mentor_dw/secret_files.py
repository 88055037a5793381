"""Files that hold secrets: read only when nobody else can read them, written whole or not at all."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from mentor_dw.errors import MentorDwError

#: Variables that hold a secret, or name the file that does.
_VARIABLES = re.compile(
    r"AIRFLOW_CONN_MENTOR_DW_\w+"
    r"|MENTOR_DW_((CONN|RECEIVER)_\w+_FILE|(LOOKUP|SEAL|ARCHIVE|SIGNING|RECEIVER)_KEY(_FILE)?)"
)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def read_secret(path: Path) -> str:
    """The text of a secret file.

    Raises FileNotFoundError when it is not there, and MentorDwError when it cannot be read, or when group or others
    may: then the secret must be taken for known.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno())
            if mode.st_mode & _OTHERS and not _is_mounted_secret(path, mode):
                raise MentorDwError(
                    f"{path} holds a secret, and others than its owner can read it (mode {mode.st_mode & 0o777:o}).",
                    f"Run: chmod 600 {path}; and if anybody may have read it, rotate it (docs/runbooks/leaked_key.md).",
                )
            return file.read()
    except (PermissionError, IsADirectoryError, UnicodeDecodeError):
        raise MentorDwError(f"{path} cannot be read.", "See who owns it; this process must be its owner.") from None


def secret_variables() -> dict[str, str]:
    """The environment variables of this process that say where secrets are; for the processes it starts."""
    return {name: value for name, value in os.environ.items() if _VARIABLES.fullmatch(name)}


def _is_mounted_secret(path: Path, mode: os.stat_result) -> bool:
    """Whether a container's runtime put the file there for this container: mounted read-only, of root or by itself.

    Such files are readable by everybody in the container, for the runtime does not know which user will ask; the
    container is the fence. Docker Compose mounts each file with the owner it has outside. Nobody can make a file look
    so without being root outside of the container.
    """
    read_only = os.statvfs(path).f_flag & os.ST_RDONLY
    by_itself = mode.st_dev != path.parent.stat().st_dev
    return (mode.st_uid == 0 or by_itself) and not mode.st_mode & _OTHERS_WRITE and bool(read_only)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` so that it is complete or absent, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
