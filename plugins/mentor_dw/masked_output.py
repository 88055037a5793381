"""Output streams through which no CPR number and no secret passes, whoever writes to them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

from mentor_dw.masking import mask_cpr

Hide = Callable[[str], str]


class MaskedStream:
    """A text stream that passes on what `hide` leaves of every line.

    A line is looked at when it is whole, since it may be written in pieces; what `flush` finds is taken as a line.
    Every thread has its own line, so none waits for another and a fork inherits no lock.
    """

    def __init__(self, stream: Any, hide: Hide) -> None:
        self._stream, self._hide = stream, hide
        self._begun = threading.local()

    def write(self, text: str) -> int:
        """Take `text`; its length, as every stream says."""
        whole, end, begun = (getattr(self._begun, "text", "") + text).rpartition("\n")
        self._begun.text = begun
        if end:
            self._stream.write(self._hide(whole) + end)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Take one text after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Pass on what was begun."""
        begun, self._begun.text = getattr(self._begun, "text", ""), ""
        if begun:
            self._stream.write(self._hide(begun))
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def mask_stderr() -> None:
    """Everything that this process writes to standard error is masked from now on, log lines and warnings included."""
    if not isinstance(sys.stderr, MaskedStream):
        sys.stderr = MaskedStream(sys.stderr, mask_cpr)
