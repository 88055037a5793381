"""Waiting in tests for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: Callable[[], T], seconds: float, step: float = 0.1, otherwise: str = "waited in vain") -> T:
    """What the call gives as soon as it gives something; AssertionError with `otherwise` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(step)
    return found
