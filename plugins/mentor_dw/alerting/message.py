"""What is said about an alert, the same by every channel: words, a line, the runbook. Nothing personal."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mentor_dw.alerting.kinds import KINDS
from mentor_dw.config import COPENHAGEN, get_settings
from mentor_dw.ledger.alerts import Found, Row

News = Literal["raised", "cleared", "test"]
_HEADS = {"raised": "ALERT", "cleared": "OVER", "test": "TEST"}


@dataclass(frozen=True)
class Message:
    """One piece of news about one alert."""

    news: News
    kind: str
    subject: str
    line: str
    severity: str
    runbook: str
    raised_at: datetime
    at: datetime
    note: str | None = None

    @property
    def head(self) -> str:
        """The news in a few words, for the subject of a mail."""
        words = KINDS[self.kind].words if self.kind in KINDS else self.kind
        return f"[mentor-dw {socket.gethostname()}] {_HEADS[self.news]}: {words} ({self.subject})"

    @property
    def text(self) -> str:
        """All of it, as lines."""
        lines = [self.head, "", self.line]
        if self.note:
            lines.append(f"Seen to: {self.note}")
        if self.news == "raised":
            lines += ["", f"What to do: {self.runbook}"]
        times = [f"since {_shown(self.raised_at)}"] + ([f"until {_shown(self.at)}"] if self.news == "cleared" else [])
        return "\n".join([*lines, f"Kind {self.kind}, {self.severity}, {' '.join(times)}."]) + "\n"

    def as_json(self) -> dict[str, Any]:
        """The same for programs; `text` is what Slack, Teams and Mattermost show."""
        return {
            "text": self.text,
            "news": self.news,
            "kind": self.kind,
            "subject": self.subject,
            "line": self.line,
            "severity": self.severity,
            "runbook": self.runbook,
            "host": socket.gethostname(),
            "raised_at": _iso(self.raised_at),
            "at": _iso(self.at),
        } | ({"note": self.note} if self.note else {})


def of_row(row: Row) -> Message:
    """The message of a row of `ledger.alerts.next_to_tell`."""
    now = row["cleared_at"] or row["seen_at"] if row["news"] == "cleared" else row["raised_at"]
    by_person = row["news"] == "cleared" and row["cleared_at"] is None
    return Message(
        news=row["news"],
        **{name: row[name] for name in ("kind", "subject", "line", "severity", "raised_at")},
        runbook=runbook_shown(row["runbook"]),
        at=now,
        note=f"{row['seen_note']} ({row['seen_by']})" if by_person else None,
    )


def of_found(found: Found, at: datetime, news: News = "raised") -> Message:
    """The message of what was found, where no ledger has it."""
    kind = KINDS[found.kind]
    return Message(news, found.kind, found.subject, found.line, kind.severity, runbook_shown(kind.runbook), at, at)


def runbook_shown(path: str) -> str:
    """Where the runbook is read: an address, where the house was told one, or its path in the project."""
    base = get_settings().alert_runbook_url
    return f"{base.rstrip('/')}/{path}" if base else path


def _iso(moment: datetime) -> str:
    return moment.astimezone(COPENHAGEN).isoformat(timespec="seconds")


def _shown(moment: datetime) -> str:
    return moment.astimezone(COPENHAGEN).strftime("%Y-%m-%d %H:%M")
