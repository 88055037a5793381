"""Random BIFLIS deliveries at the door: which rows are set aside, and what is kept of the others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from biflis_by_rules import doubts, judge
from biflis_deliveries import Maker
from population import write_zip

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.ingest import take
from mentor_dw.ledger.listing import deliveries_as_json, quarantine_as_json

pytestmark = pytest.mark.postgres

PATIENT = load_feed("biflis").model_copy(
    update={"limits": Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)}
)


def test_rows_stay_or_are_set_aside_as_the_contract_says(
    seed: int, home: Settings, silent: Callable[[object], None]
) -> None:
    made = Maker(seed, faults=40)
    path = home.inbox / "biflis" / f"biflis_{1500 + seed}-01.zip"
    write_zip(path, made.write())
    faults = judge(made.members)
    taken = take(path, PATIENT, silent)
    assert taken.status == "accepted"
    stayed = {
        member: [line.values for line in lines if (member, line.number) not in faults]
        for member, lines in made.members.items()
    }
    with connect("loader") as connection:
        ledger = deliveries_as_json(connection)[-1]
        aside = {
            (row["member"], row["line_number"]): set(row["all_rules"])
            for row in quarantine_as_json(connection, taken.delivery_id)
        }
        vouchers = connection.execute(
            "select bilag_id, beloeb_kr from raw.biflis__omkostning where delivery_id = %s", (taken.delivery_id,)
        ).fetchall()
        agreements = connection.execute(
            "select mentorforloeb_id, formaal, opgaver from raw.biflis__mentoraftale where delivery_id = %s",
            (taken.delivery_id,),
        ).fetchall()
    assert aside == {
        place: {f"{field}: {rule}" if field else rule for field, rule in found} for place, found in faults.items()
    }
    warned = {name: rows for member in ledger["warnings"].values() for name, rows in member.items()}
    assert warned == doubts(stayed["borger.csv"], stayed["omkostning.csv"])
    empty = [("borger.csv", "herkomst"), ("mentorforloeb.csv", "maalgruppe")]
    unknown = {member: {field: sum(not row[field] for row in stayed[member])} for member, field in empty}
    assert ledger["unknown_values"] == {member: found for member, found in unknown.items() if any(found.values())}
    assert {row["bilag_id"]: row["beloeb_kr"] for row in vouchers} == {
        row["bilag_id"]: Decimal(row["beloeb_kr"].replace(",", ".")) for row in stayed["omkostning.csv"]
    }
    assert {row["mentorforloeb_id"]: (row["formaal"], row["opgaver"]) for row in agreements} == {
        row["mentorforloeb_id"]: (bool(row["formaal"].strip()), bool(row["opgaver"].strip()))
        for row in stayed["mentoraftale.csv"]
    }
