"""What the ingest DAG calls: is there something to do, do it, tell it. Returns names, words and counts only."""

from __future__ import annotations

import logging
import time

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.ingest.take import take_waiting
from mentor_dw.reading.inbox import waiting
from mentor_dw.trouble import shortage_in_words
from mentor_dw.warehouse.wanted import build_is_due

_log = logging.getLogger(__name__)


def something_to_do(source: str, *, wait: bool) -> bool:
    """Whether a delivery lies ready, one was left unfinished by a crash, or a build is due.

    With `wait`, files that are still settling are waited for: somebody asked for them by `mentor-dw load`.
    """
    settings = get_settings()
    feed = load_feed(source)
    patience = time.monotonic() + 2 * settings.settle_seconds + 5
    while True:
        seen = waiting(feed, settings.inbox / source, settings.settle_seconds)
        if not (wait and seen.unsettled and time.monotonic() < patience):
            break
        time.sleep(0.5)
    for name in seen.unrecognised:
        print(f"{source}: {name} is no delivery name or no delivery, and stays in the inbox")
    return bool(seen.ready) or unfinished(source) or build_is_due()


def unfinished(source: str) -> bool:
    """Whether a killed run left a delivery without its verdict, or a decided one whose file was not put away."""
    with connect("operator", autocommit=True) as connection:
        row = connection.execute(
            "select exists (select from ops.delivery"
            " where source = %s and (status = 'received' or kept_as is null)) as found",
            (source,),
        ).fetchone()
    return bool(row and row["found"])


@shortage_in_words()
def take_all(source: str) -> list[dict]:
    """Take everything that lies ready, in order; one dict per delivery (no values)."""
    return [outcome.as_json() for outcome in take_waiting(source, print)]


def tell_outcomes(outcomes: list[dict]) -> str:
    """One line per delivery, an error for a refused one.

    Raises MentorDwError with the reasons when one was refused, so that Airflow shows it.
    """
    for outcome in outcomes:
        line = f"{outcome['file_name']}: {outcome['status']}" + (f" ({outcome['reason']})" if outcome["reason"] else "")
        _log.log(logging.ERROR if outcome["status"] == "refused" else logging.INFO, line)
    refused = [f"{o['file_name']}: {o['reason']}" for o in outcomes if o["status"] == "refused"]
    if refused:
        raise MentorDwError(f"{len(refused)} refused. " + " | ".join(refused), "See docs/runbooks/refused_delivery.md.")
    return f"{len(outcomes)} taken, none refused"
