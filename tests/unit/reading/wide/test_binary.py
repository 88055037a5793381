"""The bytes are those PostgreSQL takes for what was folded."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date

import numpy as np
import psycopg
import pytest

from mentor_dw.config import Settings
from mentor_dw.database import address
from mentor_dw.reading.wide.binary import HEADER, TRAILER, month_rows, person_rows, spell_rows
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.folded import Folded
from mentor_dw.reading.wide.layout import Layout

ORIGINS = ("dansk", "vestlig", "ikke-vestlig")
TABLES = {
    "person": "person_key bigint, line_number integer, koen text, foedselsdato date, kommunekode text, herkomst text, "
    "civilstand text, person_foedselsdato date, person_koen text, person_modulus11 boolean, person_erstatning boolean",
    "forsoergelse": "person_key bigint, line_number integer, code smallint, fra_dato date, til_dato date",
    "beskaeftigelse": "person_key bigint, line_number integer, branche integer, grad_milliontedele integer, "
    "fra_dato date, til_dato date",
}


@pytest.fixture
def folded(layout_of: Callable[[str], Layout]) -> Folded:
    layout = layout_of("y_1401;y_1402;branche_2014_01;branche_2014_02;grad_2014_02")
    lines = [
        "6101011234;M;1961-01-01;007;dansk;U;111;111;;;",
        "6102011233;K;1961-01-02;;;;111;;000001;;0",
        "6199019999;K;9999-12-31;851;ikke-vestlig;E;;;123456;123456;0,000001",
        "7101011238;M;0001-01-01;101;vestlig;;;099;;999999;999,999999",
    ]
    return fold_block("\n".join(lines).encode(), 2, layout)


def sent(folded: Folded) -> dict[str, bytes]:
    keys = np.arange(len(folded.persons)) + 2**40
    lines = folded.persons["line_number"]
    return {
        "person": person_rows(folded.persons, keys, ORIGINS),
        "forsoergelse": spell_rows(folded.weeks, keys, lines),
        "beskaeftigelse": month_rows(folded.months, keys, lines),
    }


def test_no_cpr_number_is_among_the_bytes(folded: Folded) -> None:
    assert not any(b"610" in content or b"7101" in content for content in sent(folded).values())


def test_a_spell_is_five_fields_with_their_lengths(folded: Folded) -> None:
    first = sent(folded)["forsoergelse"][: struct.calcsize(">h iq ii ih ii ii".replace(" ", ""))]
    monday = (date(2013, 12, 30) - date(2000, 1, 1)).days
    assert struct.unpack(">hiqiiihiiii", first) == (5, 8, 2**40, 4, 2, 2, 111, 4, monday, 4, monday + 14)


@pytest.mark.postgres
def test_postgres_reads_what_was_folded(folded: Folded, warehouse: Settings) -> None:
    found = {}
    with psycopg.connect(address("loader").url()) as connection:
        for table, content in sent(folded).items():
            connection.execute(f"create temporary table {table} ({TABLES[table]})")
            with connection.cursor().copy(f"copy {table} from stdin (format binary)") as copy:
                copy.write(HEADER + content + TRAILER)
            # Spells of one person come in the order of time and keep it.
            found[table] = sorted(connection.execute(f"select * from {table}").fetchall(), key=lambda row: row[:2])
    key, two_weeks = 2**40, (date(2013, 12, 30), date(2014, 1, 13))
    january, february, march = date(2014, 1, 1), date(2014, 2, 1), date(2014, 3, 1)
    expected = {
        "person": [
            (key, 2, "M", date(1961, 1, 1), "007", "dansk", "U", date(1901, 1, 1), "K", False, True),
            (key + 1, 3, "K", date(1961, 1, 2), None, None, None, date(1901, 2, 1), "M", False, True),
            (key + 2, 4, "K", date(9999, 12, 31), "851", "ikke-vestlig", "E", None, "M", False, True),
            (key + 3, 5, "M", date(1, 1, 1), "101", "vestlig", None, date(1901, 1, 11), "K", False, True),
        ],
        "forsoergelse": [
            (key, 2, 111, *two_weeks),
            (key + 1, 3, 111, two_weeks[0], date(2014, 1, 6)),
            (key + 3, 5, 99, date(2014, 1, 6), two_weeks[1]),
        ],
        "beskaeftigelse": [
            (key + 1, 3, 1, None, january, february),
            (key + 1, 3, None, 0, february, march),
            (key + 2, 4, 123456, None, january, february),
            (key + 2, 4, 123456, 1, february, march),
            (key + 3, 5, 999999, 999_999_999, february, march),
        ],
    }
    for table, rows in expected.items():
        assert found[table] == rows
