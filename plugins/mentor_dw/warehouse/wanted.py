"""Whether the warehouse should be built: what it would be made of is not what the newest attempt was made of."""

from __future__ import annotations

from psycopg import Connection

from mentor_dw.database import connect
from mentor_dw.feeds import sources
from mentor_dw.ingest.lock import lock_is_free
from mentor_dw.ledger.purpose import unlooked
from mentor_dw.warehouse.basis import basis_at
from mentor_dw.warehouse.lock import BUILD_LOCK

#: Between the two tasks of a build its row says `built`; after so long nobody is coming to publish it.
_PUBLISH_WITHIN = "5 minutes"

#: A build that met trouble which may pass is not begun anew at every look: a full disk lasts longer than a minute.
_PAUSE = "5 minutes"

_NEWEST = f"""
    select
        status,
        made_of,
        error is null and built_at < now() - interval '{_PUBLISH_WITHIN}' as was_left
    from ops.build
    order by build_id desc
    limit 1
"""


_TROUBLE = f"""
    select 1 as found
    from (select status, made_of, started_at from ops.build order by build_id desc limit 1) as newest
    where status = 'failed' and made_of is null and started_at > now() - interval '{_PAUSE}'
"""


def _rows_may_come(connection: Connection[dict]) -> bool:
    """Somebody became known who has not been looked for, and the register is not being taken just now."""
    return any(lock_is_free(connection, delivery.source) for delivery in unlooked(connection))


def build_is_wanted() -> bool:
    """True when what counts changed since the newest build began, or that build died half-way.

    A build that trouble ended which may pass (a full disk, a lost database) is wanted again.
    What counts are deliveries, their rows, links between persons, and settings. Persons who became known and have not
    been looked for in a wide delivery are rows to come (ingest/late.py). A build that failed for what it was
    made of, or could not be published for it, is not wanted again: the same rows give the same answer.
    """
    with connect("operator", autocommit=True) as connection:
        basis = basis_at(connection)
        newest = connection.execute(_NEWEST).fetchone()
        if newest is None:
            return bool(basis.deliveries)
        if newest["made_of"] != basis.made_of or _rows_may_come(connection):
            return True
        if newest["status"] == "built":
            return bool(newest["was_left"])
        if newest["status"] != "running":
            return False
        taken = connection.execute("select pg_try_advisory_lock(%s) as free", (BUILD_LOCK,)).fetchone()
        return bool(taken and taken["free"])


def built_and_waiting() -> int | None:
    """The newest build when it is whole, of what counts now, and waits to be published; None otherwise."""
    with connect("operator", autocommit=True) as connection:
        newest = connection.execute(
            "select build_id, status, error, made_of from ops.build order by build_id desc limit 1"
        ).fetchone()
        if newest is None or newest["status"] != "built" or newest["error"] is not None:
            return None
        return newest["build_id"] if newest["made_of"] == basis_at(connection).made_of else None


def build_is_due() -> bool:
    """True when a build is wanted and no delivery is being taken at this moment.

    A build beside a delivery would be overtaken by it: whoever takes the delivery asks again at its end, and the
    ingest DAGs ask every minute, so of several sources that arrive together one build is made. After trouble there is
    a pause.
    """
    with connect("operator", autocommit=True) as connection:
        if not all(lock_is_free(connection, source) for source in sources()):
            return False
        if connection.execute(_TROUBLE).fetchone():
            return False
    return build_is_wanted()
