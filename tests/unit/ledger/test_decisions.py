"""What may be decided about a delivery."""

from __future__ import annotations

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.decisions import OVERRIDABLE, decisions_open_to, must_say


def row(status: str, reason_code: str | None = None, kept_as: str | None = "a") -> dict[str, str | None]:
    return {"status": status, "reason_code": reason_code, "kept_as": kept_as}


@pytest.mark.parametrize("code", sorted(OVERRIDABLE))
def test_a_refusal_that_a_person_may_know_better_can_be_accepted(code: str) -> None:
    assert decisions_open_to(row("refused", code)) == ("accept", "rejudge")


def test_a_file_that_cannot_be_read_can_only_be_judged_again() -> None:
    assert decisions_open_to(row("refused", "unreadable")) == ("rejudge",)


def test_what_is_in_can_be_withdrawn_and_judged_again_while_its_file_is_kept() -> None:
    for status in ("accepted", "superseded"):
        assert decisions_open_to(row(status)) == ("withdraw", "rejudge")
        assert decisions_open_to(row(status, kept_as=None)) == ("withdraw",)


@pytest.mark.parametrize("status", ["received", "duplicate", "withdrawn"])
def test_nothing_is_decided_about_what_is_under_way_double_or_out(status: str) -> None:
    assert decisions_open_to(row(status)) == ()


def test_a_decision_has_a_reason_and_a_name_and_no_cpr_number() -> None:
    must_say("The owner knows", "anne")
    for reason, by in (("", "anne"), (" ", "anne"), ("The owner knows", "")):
        with pytest.raises(MentorDwError, match="needs a reason"):
            must_say(reason, by)
    with pytest.raises(MentorDwError, match="CPR") as error:
        must_say("It is about 650170-1234", "anne")
    assert "650170" not in str(error.value)
