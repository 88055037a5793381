"""Whether the warehouse should be built: the deliveries that count are not those of the newest attempt."""

from __future__ import annotations

from mentor_dw.database import connect
from mentor_dw.warehouse.lock import BUILD_LOCK

#: Between the two tasks of a build its row says `built`; after so long nobody is coming to publish it.
_PUBLISH_WITHIN = "5 minutes"

_STATE = f"""
    with counting as (
        select coalesce(array_agg(delivery_id order by delivery_id), '{{}}') as deliveries
        from ops.delivery
        where accepted_at is not null and withdrawn_at is null
    ),

    newest as (
        select
            status,
            deliveries,
            error is null and built_at < now() - interval '{_PUBLISH_WITHIN}' as was_left
        from ops.build
        order by build_id desc
        limit 1
    )

    select
        newest.status,
        newest.was_left,
        counting.deliveries is distinct from newest.deliveries as differs,
        cardinality(counting.deliveries) as counting
    from counting
    left join newest on true
"""


def build_is_wanted() -> bool:
    """True when the deliveries that count changed since the newest build began, or that build died half-way.

    A build that failed for what it was made of, or could not be published for it, is not wanted again: the same rows
    give the same answer.
    """
    with connect("operator", autocommit=True) as connection:
        state = connection.execute(_STATE).fetchone()
        if state is None or state["status"] is None:
            return bool(state and state["counting"])
        if state["differs"]:
            return True
        if state["status"] == "built":
            return bool(state["was_left"])
        if state["status"] != "running":
            return False
        taken = connection.execute("select pg_try_advisory_lock(%s) as free", (BUILD_LOCK,)).fetchone()
        return bool(taken and taken["free"])
