"""Rows that came, went and changed between two accepted deliveries, counted by key."""

from __future__ import annotations

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.landing.tables import ensure_tables
from mentor_dw.ledger.deliveries import Arrival, accept, receive
from mentor_dw.reporting.changes import Change, changes
from mentor_dw.validation.verdict import Verdict

pytestmark = pytest.mark.postgres


def test_changes_are_counted_by_whole_key(warehouse: Settings) -> None:
    feed = load_feed("webreg")
    rows = {
        1: [("1", "PAR1"), ("1", "PAR2"), ("2", "PAR1")],
        2: [("1", "PAR1"), ("2", "PAR2")],
    }
    tasks = {1: [("1", "OPG01"), ("2", "OPG01")], 2: [("1", "OPG02"), ("2", "OPG01"), ("3", "OPG01")]}
    ids = {}
    with connect("loader") as connection:
        ensure_tables(connection, feed)
        for number in (1, 2):
            arrival = Arrival("webreg", f"webreg_2008-01-0{number}.zip", f"{number:064x}", 1, f"2008-01-0{number}", "h")
            ids[number] = receive(connection, arrival)
            accept(connection, ids[number], Verdict({}, {}, {}, {}, {}), [])
            for line, (forloeb, indsats) in enumerate(rows[number], start=2):
                connection.execute(
                    "insert into raw.webreg__parallelle_indsatser (delivery_id, line_number, forloeb_id, indsats)"
                    " values (%s, %s, %s, %s)",
                    (ids[number], line, forloeb, indsats),
                )
            for line, (opgave_id, opgave) in enumerate(tasks[number], start=2):
                connection.execute(
                    "insert into raw.webreg__opgaver"
                    " (delivery_id, line_number, opgave_id, forloeb_id, mentor_id, dato, opgave)"
                    " values (%s, %s, %s, '1', '1', '2008-01-01', %s)",
                    (ids[number], line, opgave_id, opgave),
                )
        found = changes(connection, feed, ids[2], ids[1])
    assert found["parallelle_indsatser.csv"] == Change(added=1, removed=2, changed=0)
    assert found["opgaver.csv"] == Change(added=1, removed=0, changed=1)
    assert found["borgere.csv"] == Change(0, 0, 0)
