"""Whether a package that was made earlier may still go out: nobody in it was erased or restricted meanwhile."""

from __future__ import annotations

from typing import Any

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.extracts import in_words

_RESTRICTED = """
    select count(distinct p.person_key) as persons
    from ops.extract_person as p
    left join ops.same_person as s on p.person_key = s.person_key
    where
        p.extract_id = %(extract_id)s
        and exists (
            select from ops.person_restriction as r
            left join ops.same_person as t on r.person_key = t.person_key
            where
                r.lifted_at is null
                and r.decided_at > %(read_at)s
                and coalesce(t.gaeldende_person_key, r.person_key) = coalesce(s.gaeldende_person_key, p.person_key)
        )
"""
_ERASED = """
    select count(*) as persons
    from ops.erasure
    where
        started_at > %(read_at)s
        and extracts @> jsonb_build_array(jsonb_build_object('extract_id', %(extract_id)s::bigint))
"""


def must_be_fit(row: dict[str, Any]) -> None:
    """Raise MentorDwError when somebody in the version may not be given away any more; nobody is named."""
    for what, persons in _unfit(row).items():
        if persons:
            raise MentorDwError(
                f"{persons} persons in {in_words(row)} were {what} after it was built.",
                f'Build it anew: mentor-dw extract-discard {row["name"]} {row["period"]} --why "…", '
                f"then mentor-dw extract {row['name']} --period {row['period']}.",
            )


def is_fit(row: dict[str, Any]) -> bool:
    """Whether the version may still go out."""
    return not any(_unfit(row).values())


def _unfit(row: dict[str, Any]) -> dict[str, int]:
    """How many persons in the version were restricted, and erased, since it was built."""
    if row["read_at"] is None:
        return {}
    asked = {"extract_id": row["extract_id"], "read_at": row["read_at"]}
    found = {}
    with connect("loader") as connection:
        for query, what in ((_RESTRICTED, "restricted"), (_ERASED, "erased")):
            counted = connection.execute(query, asked).fetchone()
            found[what] = counted["persons"] if counted else 0
    return found
