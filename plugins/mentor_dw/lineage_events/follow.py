"""Follow the ledgers: what came to its end and was not told yet becomes events, each told once by every way.

The work itself knows nothing of it, so it costs the work nothing and cannot break it. What could not be written is told
by the next look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from mentor_dw.config import COPENHAGEN, Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret

#: So much is told in one look, the oldest first; a house that begins to tell has a past.
AT_A_TIME = 200

#: What can be told, and the rows of it that are at their end; `number` is what is remembered.
_ENDED = {
    "delivery": """
        select d.*, d.delivery_id as number
        from ops.delivery as d
        where d.status <> 'received'
    """,
    "build": """
        select
            b.*, b.build_id as number,
            coalesce(b.built_at, b.started_at + make_interval(secs => coalesce(b.dbt_seconds, 0)::double precision))
                as ended_at
        from ops.build as b
        where b.status <> 'running'
    """,
    "publish": """
        select b.*, b.build_id as number
        from ops.build as b
        where b.status = 'published'
    """,
    "extract": """
        select
            e.event_id, e.at, e.event, e.event_id as number, x.name, x.period, x.version, x.kind, x.stem, x.receiver,
            x.rows, x.envelope_bytes, x.specification, e.detail ->> 'error' as error
        from ops.extract_event as e
        inner join ops.extract as x on e.extract_id = x.extract_id
        where e.event in ('built', 'build_failed', 'refused_by_disclosure', 'sent', 'sending_failed')
    """,
}
_UNTOLD = """
    select ended.*
    from ({}) as ended
    where
        not exists (
            select from ops.lineage_told as t
            where t.way = %(way)s and t.what = %(what)s and t.number = ended.number
        )
    order by ended.number
    limit %(most)s
"""

Emit = Callable[[Any], None]


def tell_lineage(settings: Settings, say: Callable[[str], object] = print) -> int:
    """Tell what was not told yet; how many runs. A way that fails is said, and left until the next call."""
    told = 0
    for way in ("file", *(["http"] if settings.lineage_url else [])):
        try:
            told += _tell_by(way, settings)
        except (OSError, RuntimeError, ValueError) as error:
            # The client wraps what went wrong; its text may hold an address.
            say(f"Lineage events by {way} wait: {type(error).__name__}.")
        except MentorDwError as error:
            say(f"Lineage events by {way} wait: {error.message}")
    return told


def _tell_by(way: str, settings: Settings) -> int:
    waiting = list(_untold(way))
    if not waiting:
        return 0
    # The client takes a third of a second to import, which a look that finds nothing need not spend.
    from mentor_dw.lineage_events import events
    from mentor_dw.lineage_events.parts import this_house

    makers = {
        "delivery": events.of_delivery,
        "build": events.of_build,
        "publish": events.of_publish,
        "extract": events.of_extract,
    }
    emit = _transport(way, settings)
    for what, row in waiting:
        with connect("operator") as connection:
            made = list(makers[what](this_house(connection), row))
        for one in made:
            emit(one)
        with connect("loader") as connection:
            connection.execute(
                "insert into ops.lineage_told (way, what, number) values (%s, %s, %s) on conflict do nothing",
                (way, what, row["number"]),
            )
    return len(waiting)


def _untold(way: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with connect("operator") as connection:
        for what, ended in _ENDED.items():
            asked = {"way": way, "what": what, "most": AT_A_TIME}
            for row in connection.execute(_UNTOLD.format(ended), asked).fetchall():
                yield what, row


def _transport(way: str, settings: Settings) -> Emit:
    """How an event is told: a line of today's file, or a POST."""
    if way == "file":
        from openlineage.client.transport.file import FileConfig, FileTransport

        folder = settings.logs / "openlineage"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{datetime.now(COPENHAGEN):%Y-%m-%d}.jsonl"
        return FileTransport(FileConfig(log_file_path=str(path), append=True)).emit
    from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

    assert settings.lineage_url is not None
    chosen: dict[str, Any] = {"url": settings.lineage_url, "timeout": 10.0, "retry": {"total": 0}}
    if settings.lineage_token_file:
        chosen["auth"] = ApiKeyTokenProvider({"apiKey": read_secret(settings.lineage_token_file).strip()})
    return HttpTransport(HttpConfig(**chosen)).emit
