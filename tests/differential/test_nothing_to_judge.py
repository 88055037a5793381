"""Members without a row that could be judged: the judges then have nothing to count, which is not a fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from population import COLUMNS, write_zip

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed
from mentor_dw.ingest import quarantine, take

pytestmark = pytest.mark.postgres

HEADERS = {name: ";".join(columns).encode() for name, columns in COLUMNS.items()}


def test_members_that_hold_their_header_only_are_accepted(
    home: Settings, patient_feed: Feed, silent: Callable[[object], None]
) -> None:
    path = home.inbox / "webreg" / "webreg_2008-09-29.zip"
    write_zip(path, HEADERS)
    taken = take(path, patient_feed, silent)
    assert (taken.status, taken.rows_read, taken.rows_quarantined) == ("accepted", 0, 0)


def test_a_member_whose_rows_cannot_be_taken_apart_is_set_aside(
    home: Settings, patient_feed: Feed, silent: Callable[[object], None]
) -> None:
    path = home.inbox / "webreg" / "webreg_2008-09-30.zip"
    write_zip(path, HEADERS | {"opgaver.csv": HEADERS["opgaver.csv"] + b"\n1\n2;3\n"})
    taken = take(path, patient_feed, silent)
    assert (taken.status, taken.rows_read, taken.rows_quarantined) == ("accepted", 2, 2)
    found = {(row["member"], row["line_number"], row["rule"]) for row in quarantine(taken.delivery_id)}
    assert found == {("opgaver.csv", 2, "too_few_fields"), ("opgaver.csv", 3, "too_few_fields")}
