"""What a person may decide about a delivery, and what she must say when she does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr

#: Refusals that a person who knows better may set aside, on the record.
OVERRIDABLE = frozenset({"sha_mismatch", "too_few_rows", "too_many_bad_rows", "withdrawn_before"})
#: What may be decided about a delivery, by what it is.
_OPEN = {
    "refused": ("accept", "rejudge"),
    "accepted": ("withdraw", "rejudge"),
    "superseded": ("withdraw", "rejudge"),
}


def decisions_open_to(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be decided about the delivery `row` of the ledger: accept, withdraw, rejudge.

    A refusal that no person can know better than the rule leaves nothing to accept, and without its file a delivery
    cannot be judged again.
    """
    return tuple(
        decision
        for decision in _OPEN.get(row["status"], ())
        if not (decision == "accept" and row["reason_code"] not in OVERRIDABLE)
        and (decision == "withdraw" or row["kept_as"] is not None)
    )


def must_say(reason: str, by: str) -> None:
    """Raises MentorDwError for a decision without a reason or a name, and for a reason with a CPR number in it."""
    if not reason.strip() or not by.strip():
        raise MentorDwError("A decision on the record needs a reason.", 'Add --reason "why, in a few words".')
    if holds_cpr(reason):
        raise MentorDwError(
            "The reason holds what looks like a CPR number, and a reason is read by many.", "Say it without the number."
        )
