"""What dbt says of a failure is passed on when it speaks of code, and withheld when it may speak of rows."""

from __future__ import annotations

import pytest

from mentor_dw.warehouse.dbt_failures import safe_message


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            'Database Error in model x (x.sql)\n  column "navn" does not exist\n  LINE 3: select navn\n',
            'database error; column "navn" does not exist',
        ),
        (
            'Database Error in model x (x.sql)\n  invalid input syntax for type integer: "Else Jensen"',
            "database error, its text is withheld",
        ),
        (
            'Database Error in model x (x.sql)\n  duplicate key value violates unique constraint "x_pkey"\n'
            "  DETAIL:  Key (navn)=(Else Jensen) already exists.",
            'database error; duplicate key value violates unique constraint "x_pkey"',
        ),
        ("Got 3 results, configured to fail if != 0", "Got 3 results, configured to fail if != 0"),
        ("\nactual differs from expected:\n\nElse Jensen", "actual differs from expected:"),
        (
            "Compilation Error in model x\n  'nowhere' is undefined",
            "Compilation Error in model x\n'nowhere' is undefined",
        ),
        (None, "no message"),
    ],
)
def test_a_message_speaks_of_code_only(message: str | None, shown: str) -> None:
    assert safe_message(message) == shown
