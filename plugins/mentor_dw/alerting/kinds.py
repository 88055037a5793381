"""The one list of what can be told: a code, words, how bad it is, and a runbook of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Kind:
    """One kind of alert. `by_person`: only a person can know that it is seen to (`mentor-dw alert-done`)."""

    code: str
    words: str
    severity: Severity
    by_person: bool = False

    @property
    def runbook(self) -> str:
        """The page that says what to do, as a path in the project."""
        return f"docs/runbooks/{self.code}.md"


_ALL = (
    Kind("refused_delivery", "a delivery was refused", "error", by_person=True),
    Kind("late_delivery", "a source has not delivered when it should have", "warning"),
    Kind("high_quarantine", "unusually many rows of a delivery were set aside", "warning", by_person=True),
    Kind("schema_drift", "a delivery has files or columns that its feed does not know", "warning", by_person=True),
    Kind("failed_build", "the warehouse could not be built", "error"),
    Kind("failed_publish", "what was built could not be published", "error"),
    Kind("failed_task", "a task of Airflow failed for good", "error", by_person=True),
    Kind("extract_planned_late", "an extract is planned and not built", "warning"),
    Kind("extract_build_failed", "an extract could not be built", "error"),
    Kind("extract_refused_by_disclosure", "an extract may not be told", "error"),
    Kind("extract_not_released", "an extract waits for its release", "warning"),
    Kind("extract_sending_failed", "an extract could not be sent", "error"),
    Kind("extract_overdue", "an extract is overdue", "error"),
    Kind("extract_no_receipt", "a receiver has not answered", "warning"),
    Kind("extract_refused_by_receiver", "a receiver refused an extract", "error", by_person=True),
    Kind("receipt_unreadable", "a kvittering cannot be read", "warning", by_person=True),
    Kind("receipt_not_ours", "a kvittering is about something we did not send", "error", by_person=True),
    Kind("disk_nearly_full", "a disk is nearly full", "error"),
    Kind("failed_backup", "a backup failed", "error"),
    Kind("old_backup", "the newest backup is too old", "error"),
    Kind("silent_part", "a part of the house does not answer", "error"),
    Kind("silent_housekeeping", "nothing looks after the house", "error"),
    Kind("silent_database", "the database does not answer", "error"),
    Kind("silent_channel", "alerts do not get through", "warning"),
    Kind("unwritable_file", "a file about the house cannot be written", "warning"),
)

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
