"""The secrets of an installation as words, so that logs can hide them wherever they turn up."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mentor_dw.config import Settings
from mentor_dw.masking import mask_cpr

MASK = "***"
#: Shorter words are names, ports, key ids.
SHORTEST = 12
#: Minutes, seconds and microseconds may look like a number written in parts; a whole moment cannot be one.
_MOMENT = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{6})(?!\d)")
_LARGEST_FILE = 100_000
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|_DSN$|SQL_ALCHEMY_CONN|BROKER|RESULT_BACKEND")
_SECRET_ENTRY = re.compile(r"password|secret|token|^key$|hash|salt")


def hiding(settings: Settings) -> Callable[[str], str]:
    """A function that takes CPR numbers and the secrets known now out of a line of a log, and leaves its times."""
    words = sorted(secret_words(settings), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, words)) or "(?!)")

    def hide(text: str) -> str:
        parts = _MOMENT.split(pattern.sub(MASK, text))
        return "".join(part if place % 2 else mask_cpr(part) for place, part in enumerate(parts))

    return hide


def secret_words(settings: Settings) -> set[str]:
    """What stands in the files of `secrets/` and in variables of the environment that are called like secrets."""
    words = {word for path in _files(settings.secrets) for word in _in_file(path)}
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and not name.endswith("_FILE"):
            words |= _in_variable(value)
    return {word for word in words if len(word) >= SHORTEST}


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= _LARGEST_FILE)


def _in_file(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json":
        yield from _in_json(json.loads(text))
    else:
        yield from (line.strip() for line in text.splitlines() if not line.startswith(("#", "-----")))


def _in_json(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _in_json(entry, key)
    elif isinstance(value, list):
        for entry in value:
            yield from _in_json(entry, name)
    elif isinstance(value, str) and _SECRET_ENTRY.search(name):
        yield value


def _in_variable(value: str) -> set[str]:
    """The value, and the password when it is a URL, as written and as meant."""
    try:
        password = urlsplit(value).password
    except ValueError:
        password = None
    return {value} if password is None else {password, unquote(password)}
