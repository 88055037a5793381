"""The last step of the demo: every extract built by its DAG, released, sent to a receiver on this machine, answered."""

from __future__ import annotations

import time
from collections.abc import Callable

from psycopg.sql import SQL, Identifier

from mentor_dw.cli.extracts import print_ledger
from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow import release
from mentor_dw.delivery.flow_calendar import ledger_rows
from mentor_dw.delivery.specification.read import read_specification, specifications
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.ring import read_ring
from mentor_dw.ledger.extracts import DELIVERED
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.local.demo_receiver import start_demo_receiver
from mentor_dw.rotation.flow import rotate

Say = Callable[[str], None]

DATA_OWNER = "Dataejer (demo)"
#: What the receiver refuses, so that a refusal can be seen too.
REFUSED = "star_udfald"
REASON = "Prøve på en afvisning: modtageren kan ikke bruge perioden."
_LOOK_SECONDS = 2.0


def deliver_extracts(say: Say, timeout: float = 300) -> bool:
    """Deliver every extract for the period of which most is known; whether each was answered as it was to be.

    What was delivered already is left. Raises MentorDwError when a DAG fails or `timeout` seconds pass.
    """
    deadline = time.monotonic() + timeout
    settings = get_settings()
    start_demo_receiver(settings.home, say, {f"{REFUSED}_*": REASON})
    periods = {name: _fullest_period(name) for name in specifications()}
    waiting = {name: period for name, period in periods.items() if _step(name, period) not in DELIVERED}
    for receiver in sorted(_without_key(waiting)):
        rotate("receiver", receiver, None, DATA_OWNER, say)
    with AirflowApi(settings) as api:
        _build(api, waiting, deadline, say)
        for name, period in waiting.items():
            if _step(name, period) == "built":
                say(f"{release(name, period, by=DATA_OWNER)['stem']}: released by {DATA_OWNER}")
        while late := [name for name, period in periods.items() if _step(name, period) not in ("confirmed", "refused")]:
            _in_time(deadline, f"the kvitteringer of {', '.join(late)}")
            _run(api, "housekeeping", {}, deadline)
    print_ledger(ledger_rows(every=False))
    answered = {name: _step(name, period) for name, period in periods.items()}
    return answered == {name: "refused" if name == REFUSED else "confirmed" for name in periods}


def _build(api: AirflowApi, waiting: dict[str, str], deadline: float, say: Say) -> None:
    """Have the DAGs build, all side by side."""
    runs = {
        name: api.trigger(f"extract_{name}", {"period": period})
        for name, period in waiting.items()
        if _step(name, period) not in ("built", "released")
    }
    while runs:
        for name, run in list(runs.items()):
            state = api.run_state(f"extract_{name}", run)
            if state == "failed":
                raise MentorDwError(
                    f"extract_{name} failed.", "Its log in Airflow and `mentor-dw extracts` say why (docs/extracts.md)."
                )
            if state == "success":
                del runs[name]
                say(f"extract_{name}: {waiting[name]} is built")
        _in_time(deadline, f"building {', '.join(runs)}")
        time.sleep(_LOOK_SECONDS)


def _run(api: AirflowApi, dag_id: str, conf: dict[str, object], deadline: float) -> None:
    """Start a run and wait for its end; a red one is told by what it was to do."""
    run = api.trigger(dag_id, conf)
    while api.run_state(dag_id, run) not in ("success", "failed"):
        _in_time(deadline, dag_id)
        time.sleep(_LOOK_SECONDS)


def _fullest_period(name: str) -> str:
    """The period of which the models of an extract hold most rows. Raises MentorDwError when they hold none."""
    models = {table.model for table in read_specification(name).tables}
    rows: dict[str, int] = {}
    with connect("delivery") as connection:
        for model in models:
            query = SQL("select periode, count(*) as rows from {} group by periode").format(
                Identifier("extracts", model)
            )
            for one in connection.execute(query):
                rows[one["periode"]] = rows.get(one["periode"], 0) + one["rows"]
    if not rows:
        raise MentorDwError(f"Nothing is known that {name} could tell.", "Load deliveries first (mentor-dw load).")
    return max(rows, key=lambda period: (rows[period], period))


def _without_key(waiting: dict[str, str]) -> set[str]:
    """Receivers that get persons by pseudonyms and have no key for them yet."""
    there = {key.name for key in read_ring("receiver", get_settings().secrets)}
    specified = (read_specification(name) for name in waiting)
    return {one.receiver for one in specified if one.level == "persons"} - there


def _step(name: str, period: str) -> str | None:
    found = [row["step"] for row in ledger_rows(every=False) if (row["name"], row["period"]) == (name, period)]
    return found[-1] if found else None


def _in_time(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise MentorDwError(f"Gave up waiting for {what}.", "It goes on in Airflow; see mentor-dw extracts.")
