"""What the ingest DAG of a wide source calls: take, land a part, decide. Returns names, words and counts only."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.ingest.flow import something_to_do, tell_outcomes
from mentor_dw.ingest.lock import SourceLock, source_lock
from mentor_dw.ingest.take import LookedAt, finish, look_at, outcome, receive, refusing, take_looked_at
from mentor_dw.ingest.wide import begin, land_part, land_under_one_key
from mentor_dw.ingest.wide_verdict import decide_wide
from mentor_dw.ledger import deliveries
from mentor_dw.reading.inbox import waiting
from mentor_dw.trouble import shortage_in_words

__all__ = ["decide_landed", "land", "something_to_do", "take_until_parts", "tell_outcomes"]


@shortage_in_words()
def take_until_parts(source: str) -> dict[str, list[dict[str, Any]]]:
    """Take what lies ready, in order, until a file comes that is read in parts, and begin that one.

    `outcomes` has one dict per delivery taken, `parts` one per part to be landed: delivery_id and part.
    """
    settings, feed = get_settings(), load_feed(source)
    with source_lock(source) as lock:
        finish(settings, feed)
        outcomes, file = _take_small(settings, feed, lock)
        if file is None:
            return {"outcomes": outcomes, "parts": []}
        began = time.monotonic()
        parts: list[dict[str, Any]] = []

        def begin_it(delivery_id: int) -> None:
            numbers = begin(settings, feed, delivery_id, file.path, file.parts, lock, print, file.mark)
            parts.extend({"delivery_id": delivery_id, "part": number} for number in numbers)

        delivery_id = receive(feed, file, begin_it)
        if not parts:
            finish(settings, feed)
            outcomes.append(outcome(delivery_id, began).as_json())
        print(f"{file.path.name}: {len(parts)} parts")
        return {"outcomes": outcomes, "parts": parts}


@shortage_in_words()
def land(source: str, part: dict[str, Any]) -> dict[str, Any]:
    """Land one of the parts that `take_until_parts` named; gives it back."""
    settings, feed = get_settings(), load_feed(source)
    with connect("loader") as connection:
        row = deliveries.delivery(connection, part["delivery_id"])
    land_part(settings, feed, part["delivery_id"], part["part"], settings.inbox / source / row["file_name"])
    return part


@shortage_in_words()
def decide_landed(source: str, parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Decide the delivery whose parts are landed, and take the files after it that need no parts.

    `outcomes` as `take_until_parts`; `more` tells that a file waits that is read in parts.
    """
    settings, feed, began = get_settings(), load_feed(source), time.monotonic()
    delivery_id = next(iter(parts))["delivery_id"]
    with source_lock(source) as lock:
        finish(settings, feed)
        with connect("loader") as connection:
            row = deliveries.delivery(connection, delivery_id)
        # A try that was cut off after the verdict has nothing left to decide.
        if row["status"] == "received":
            path = settings.inbox / source / row["file_name"]
            with refusing(delivery_id):
                land_under_one_key(settings, feed, delivery_id, path)
                decide_wide(settings, feed, delivery_id, path, lock, print)
            finish(settings, feed)
        decided = outcome(delivery_id, began)
        print(decided.line())
        outcomes, file = _take_small(settings, feed, lock)
    return {"outcomes": [decided.as_json(), *outcomes], "more": file is not None}


def _take_small(settings: Settings, feed: Feed, lock: SourceLock) -> tuple[list[dict[str, Any]], LookedAt | None]:
    """Take the files that lie ready and need no parts, in order; the first one that does need them."""
    outcomes: list[dict[str, Any]] = []
    for ready in waiting(feed, settings.inbox / feed.source, settings.settle_seconds).ready:
        file = look_at(feed, ready.path, settings.part_megabytes << 20)
        if len(file.parts) > 1:
            return outcomes, file
        outcomes.append(take_looked_at(settings, feed, file, lock, print).as_json())
    return outcomes, None
