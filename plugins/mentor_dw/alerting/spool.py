"""What was told while the database could not be asked: a file that remembers it until the database answers again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from mentor_dw.config import COPENHAGEN, Settings
from mentor_dw.ledger.alerts import Found
from mentor_dw.secret_files import write_private

FILE = "alerts_untold.json"


@dataclass(frozen=True)
class Spooled:
    """An alert that no ledger has yet; `told` by channel: None when it was told, or why it was not."""

    found: Found
    raised_at: datetime
    told: dict[str, str | None]


def read_spool(settings: Settings) -> list[Spooled]:
    """What waits for the ledger."""
    try:
        rows = json.loads((settings.logs / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Spooled(Found(**one["found"]), datetime.fromisoformat(one["raised_at"]), one["told"]) for one in rows]


def keep_in_spool(settings: Settings, found: Found, told: dict[str, str | None]) -> None:
    """Remember `found`, or what became of it; a house that cannot write even that has said it by its channels."""
    waiting = {one.found.key: one for one in read_spool(settings)}
    was = waiting.pop(found.key, None)
    waiting[found.key] = replace(was, told=told) if was else Spooled(found, datetime.now(COPENHAGEN), told)
    rows = [
        {"found": asdict(one.found), "raised_at": one.raised_at.isoformat(), "told": one.told}
        for one in waiting.values()
    ]
    try:
        write_private(settings.logs / FILE, json.dumps(rows))
    except OSError as error:
        print(f"logs/{FILE} cannot be written ({error.strerror}).")


def forget_spool(settings: Settings) -> None:
    """The ledger has it."""
    (settings.logs / FILE).unlink(missing_ok=True)
