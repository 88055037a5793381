"""Airflow's logging with CPR numbers and secrets masked, named by [logging] logging_config_class.

Every process of Airflow imports this module before it sets up its logging. Two ways lead into a log, and both are
closed here: what a process writes to its output (scheduler, API server, tracebacks of their own, warnings), and the
events of tasks and of DAG files being read, which go to files of their own.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from airflow.config_templates.airflow_local_settings import DEFAULT_LOGGING_CONFIG

from mentor_dw.config import get_settings
from mentor_dw.local.secret_words import hiding
from mentor_dw.masked_output import Hide, MaskedStream

#: What Airflow needs to read again as it was written.
_KEPT = frozenset({"timestamp", "level"})
#: A shorter number is no CPR number, a longer one counts nanoseconds.
_NUMBER_LENGTHS = (9, 10)

_hide = hiding(get_settings())


class MaskedTaskLog:
    """What Airflow calls a remote log, here only for its `processors`: the step before an event is written to a file.

    Nothing is sent anywhere, and logs are read from the disk.
    """

    @property
    def processors(self) -> tuple[Any, ...]:
        """The masking, last before the event becomes text."""
        return (mask_event,)

    def upload(self, path: os.PathLike[str] | str, ti: Any = None) -> None:
        """The file stays where it is."""

    def read(self, relative_path: str, ti: Any) -> tuple[list[str], None]:
        """Nothing lies anywhere else."""
        return [], None


class _Output(MaskedStream):
    """A stream whose bytes are masked as well as its texts: workers write their log as bytes."""

    @property
    def buffer(self) -> io.RawIOBase:
        return _Bytes(self)


class _Bytes(io.RawIOBase):
    def __init__(self, text: MaskedStream) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._text.write(bytes(content).decode("utf-8", "replace"))
        return len(content)

    def flush(self) -> None:
        self._text.flush()


class _LastChance(MaskedStream):
    """The stream that Airflow would copy by its number, past the masking; without one, it is written to itself."""

    def fileno(self) -> int:
        raise OSError("written to through its masking only")


def mask_event(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A log event as a structlog processor leaves it: no CPR number and no secret in any of its texts."""
    return {name: value if name in _KEPT else masked(value, _hide) for name, value in event.items()}


def masked(value: Any, hide: Hide) -> Any:
    """`value` with every text in it, at any depth, as `hide` leaves it; objects become text."""
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return hide(str(value)) if len(str(abs(value))) in _NUMBER_LENGTHS else value
    if isinstance(value, dict):
        return {masked(key, hide): masked(entry, hide) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(entry, hide) for entry in value]
    return hide(value if isinstance(value, str) else str(value))


def _mask_output() -> None:
    if not isinstance(sys.stdout, MaskedStream):
        sys.stdout = _Output(sys.stdout, _hide)
        sys.stderr = _Output(sys.stderr, _hide)
        sys.__stderr__ = _LastChance(sys.__stderr__, _hide)


_mask_output()
LOGGING_CONFIG = DEFAULT_LOGGING_CONFIG
REMOTE_TASK_LOG = MaskedTaskLog()
