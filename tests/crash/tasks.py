"""What the tasks of the DAGs do, by name, without Airflow: what a worker of the matrix is asked for.

Each takes and returns what goes through JSON, as between tasks. The files of `dags/` say which follows which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DATA_OWNER, ENGINEER = "Dataejeren", "En datamand"


def take(source: str) -> list[dict[str, Any]]:
    from mentor_dw.ingest.flow import take_all

    return take_all(source)


def take_until_parts(source: str) -> dict[str, Any]:
    from mentor_dw.ingest.wide_flow import take_until_parts

    return take_until_parts(source)


def land(source: str, part: dict[str, Any]) -> dict[str, Any]:
    from mentor_dw.ingest.wide_flow import land

    return land(source, part)


def decide(source: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    from mentor_dw.ingest.wide_flow import decide_landed

    return decide_landed(source, parts)


def rejudge(delivery_id: int) -> dict[str, Any]:
    from mentor_dw.ingest.decide import rejudge

    return rejudge(delivery_id).as_json()


def withdraw(delivery_id: int) -> dict[str, Any]:
    from mentor_dw.ingest.decide import withdraw

    return withdraw(delivery_id, "Filen var en prøve.", ENGINEER).as_json()


def fold() -> int:
    from mentor_dw.ingest.late import fold_known_persons

    return fold_known_persons(print)


def build(try_number: int) -> int | None:
    from mentor_dw.warehouse.attempt import attempt_build

    return attempt_build(print, try_number=try_number)


def publish(build_id: int) -> dict[str, Any]:
    from mentor_dw.warehouse.publish import publish

    return publish(build_id)


def extract(name: str, period: str) -> list[int]:
    from mentor_dw.delivery import flow

    flow.plan_period(name, period, by="airflow")
    return flow.build_planned(name)


def release(name: str, period: str) -> None:
    from mentor_dw.delivery import flow

    flow.release(name, period, by=DATA_OWNER)


def send(name: str) -> list[int]:
    from mentor_dw.delivery.flow_send import send_released

    return send_released(name)


def answers() -> int:
    from mentor_dw.delivery.flow_send import read_receipts

    return read_receipts()


def erase(cpr: str) -> None:
    from mentor_dw.identity.cpr import parse_cpr
    from mentor_dw.privacy.erasure import erase

    erase(parse_cpr(cpr), "Sag 1", DATA_OWNER, print)


def finish_erasures() -> int:
    from mentor_dw.privacy.erasure import finish_erasures

    return finish_erasures(print)


def rotate(kind: str) -> None:
    from mentor_dw.rotation.flow import rotate

    rotate(kind, None, "Sag 2", DATA_OWNER, print)


def go_on_rotating() -> int:
    from mentor_dw.rotation.flow import go_on

    return len(go_on(print))


def night() -> dict[str, int]:
    from mentor_dw.housekeeping import let_go

    return let_go(print)


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (
        *(take, take_until_parts, land, decide, rejudge, withdraw, fold, build, publish),
        *(extract, release, send, answers, erase, finish_erasures, rotate, go_on_rotating, night),
    )
}
