"""A history taken in by the house itself, without Airflow: files in the inbox, verdicts, withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

from histories import Step
from ledger_by_rules import Ledger

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed
from mentor_dw.ingest import Outcome, take, withdraw
from mentor_dw.ledger.listing import deliveries_as_json, quarantine_as_json


@dataclass
class Played:
    """A history in the house. As a context its deliveries are withdrawn at the end, so that the next one is alone."""

    home: Settings
    feeds: dict[str, Feed]
    silent: Callable[[object], None]
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    #: by step: a moment after it and before the next one
    moments: list[datetime] = field(default_factory=list)

    def step(self, step: Step, ledger: Ledger) -> None:
        """Let the next step of `ledger`'s history happen."""
        number = len(self.moments)
        if step.sent:
            path = self.home.inbox / step.sent.source / step.sent.name
            path.write_bytes(step.sent.content)
            self.outcomes[number] = take(path, self.feeds[step.sent.source], self.silent)
        elif ledger.entries[step.withdrawn].withdrawn_at == number:
            withdraw(self.outcomes[step.withdrawn].delivery_id, "Trukket tilbage.", "prøve")
        self.moments.append(_now())

    def __enter__(self) -> Played:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, where: TracebackType | None) -> None:
        mine = {outcome.delivery_id for outcome in self.outcomes.values()}
        with connect("loader") as connection:
            rows = deliveries_as_json(connection)
        for row in rows:
            if row["delivery_id"] in mine and row["status"] in ("accepted", "superseded"):
                withdraw(row["delivery_id"], "Næste historie.", "prøve")


def _now() -> datetime:
    with connect("loader") as connection:
        row = connection.execute("select clock_timestamp() as moment").fetchone()
    assert row is not None
    return row["moment"]


def ledger_differences(played: Played, ledger: Ledger) -> list[str]:
    """Where the house's ledger says something else than the rules, at the end of the history."""
    found: list[str] = []
    with connect("loader") as connection:
        rows = {row["delivery_id"]: row for row in deliveries_as_json(connection)}
        for number, entry in ledger.entries.items():
            row = rows[played.outcomes[number].delivery_id]
            lines = quarantine_as_json(connection, row["delivery_id"]) if row["accepted_at"] else []
            want = _expected(ledger, number)
            got = {name: row[name] for name in want if name != "aside"}
            got["aside"] = sorted((line["member"], line["line_number"]) for line in lines)
            found += [
                f"step {number}, {entry.delivery.name}: {name} is {got[name]}, by the rules {want[name]}"
                for name in want
                if got[name] != want[name]
            ]
    return found


def _expected(ledger: Ledger, number: int) -> dict[str, object]:
    entry = ledger.entries[number]
    if entry.accepted_at is None:
        return {"status": entry.status}
    withheld = len(entry.people() - ledger.kept(entry, ledger.last)) if entry.delivery.source == "dream" else 0
    status = "accepted" if ledger.effective(entry.delivery.source, ledger.last) is entry else "superseded"
    return {
        "status": status if entry.withdrawn_at is None else "withdrawn",
        "rows_read": entry.read,
        "rows_accepted": entry.read - len(entry.aside) - withheld,
        "rows_quarantined": len(entry.aside),
        "rows_withheld": withheld,
        "aside": sorted(entry.aside),
    }
