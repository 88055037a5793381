"""ZIP files that are the same, byte for byte, whenever and wherever they are made of the same files."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

#: The first moment that a ZIP can tell.
_MOMENT = (1980, 1, 1, 0, 0, 0)
_UNIX, _MODE = 3, 0o100644
_CHUNK = 1 << 20


def add_file(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Add a file under `name`, without its time, owner and mode."""
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.create_system = _UNIX
    entry.external_attr = _MODE << 16
    entry.compress_type = archive.compression
    # Told beforehand, so that a file of 4 GiB or more gets the larger form.
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, _CHUNK)
