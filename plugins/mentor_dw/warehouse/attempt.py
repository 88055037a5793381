"""A build as a task attempts it: not where nothing changed, and not twice when only the end of the task was cut off."""

from __future__ import annotations

from collections.abc import Callable

from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.wanted import build_is_wanted, built_and_waiting


def attempt_build(
    say: Callable[[str], None], *, try_number: int, only_if_wanted: bool = False, full: bool = False
) -> int | None:
    """The number of the build that is ready for `publish`; None when `only_if_wanted` and nothing changed.

    `try_number` counts from 1. The try before may have been cut off when it had done its work; its build is then the
    answer. Raises as `build` does.
    """
    if try_number > 1 and (waiting := built_and_waiting()) is not None:
        return waiting
    if only_if_wanted and not build_is_wanted():
        return None
    fold_known_persons(say)
    return build(say, full=full)
