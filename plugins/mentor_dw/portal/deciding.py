"""What is decided on a page: a delivery is accepted, withdrawn or judged again, an extract is released.

Each under the name of whoever is logged in. Deliveries are decided by the DAG `decide`, started with the viewer's own
log-in, so Airflow's rights and its audit trail hold as for anything she starts.
"""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from fastapi import APIRouter, Depends, Form, HTTPException, Request, status
from fastapi.responses import HTMLResponse, RedirectResponse

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.counting import counting
from mentor_dw.ledger.decisions import decisions_open_to, must_say
from mentor_dw.ledger.deliveries import delivery as ledger_row
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.portal.rendering import page
from mentor_dw.portal.viewer import Viewer, decider

#: What is judged again needs no reason: today's rules are the reason.
_WITHOUT_REASON = "rejudge"
_LONGEST_REASON = 500


def from_our_own_page(request: Request) -> None:
    """403 for a form that another site sent: browsers say where a request comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "other_site")


router = APIRouter()
Who = Annotated[Viewer, Depends(decider)]
Ours = Depends(from_our_own_page)


@router.get("/deliveries/{delivery_id}/{decision}")
def asked(request: Request, who: Who, delivery_id: int, decision: str) -> HTMLResponse:
    """What a decision would do, and the form that has it carried out. Nothing is changed."""
    return _form(request, who, delivery_id, decision)


@router.post("/deliveries/{delivery_id}/{decision}", dependencies=[Ours], response_model=None)
def decided(
    request: Request, who: Who, delivery_id: int, decision: str, reason: Annotated[str, Form()] = ""
) -> HTMLResponse | RedirectResponse:
    """Have a decision carried out; the form again, with what is wrong, when it cannot be."""
    reason = reason.strip()[:_LONGEST_REASON]
    try:
        must_say(reason or ("-" if decision == _WITHOUT_REASON else ""), who.name)
    except MentorDwError as error:
        return _form(request, who, delivery_id, decision, error.message)
    _open_row(delivery_id, decision)
    with AirflowApi(token=_token(request)) as airflow:
        airflow.trigger("decide", {"decision": decision, "delivery": delivery_id, "reason": reason})
    return RedirectResponse(
        f"{request.scope.get('root_path', '')}/deliveries/{delivery_id}?asked={decision}", status.HTTP_303_SEE_OTHER
    )


@router.post("/extracts/{name}/{period}/release", dependencies=[Ours])
def released(request: Request, who: Who, name: str, period: str, note: Annotated[str, Form()] = "") -> RedirectResponse:
    """Let what is built of a period go out, by the viewer; another one than who built it."""
    # What packs and sends is large, and the page seldom needs it.
    from mentor_dw.delivery import flow

    note = note.strip()[:_LONGEST_REASON]
    if note:
        must_say(note, who.name)
    flow.release(name, period, by=who.name, note=note or None)
    return RedirectResponse(f"{request.scope.get('root_path', '')}/extracts?released={name}", status.HTTP_303_SEE_OTHER)


def _form(request: Request, who: Viewer, delivery_id: int, decision: str, wrong: str = "") -> HTMLResponse:
    row = _open_row(delivery_id, decision)
    with connect("operator") as connection:
        others = [one for one in counting(connection, source=row["source"]) if one.delivery_id != delivery_id]
    return page(
        request,
        "decision",
        who,
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if wrong else status.HTTP_200_OK,
        row=row,
        decision=decision,
        counts_then=others[-1] if others else None,
        needs_reason=decision != _WITHOUT_REASON,
        longest=_LONGEST_REASON,
        wrong=wrong,
    )


def _open_row(delivery_id: int, decision: str) -> dict:
    """The delivery, if that may be decided about it. Raises HTTPException 404 for another word, 409 when it may not."""
    with connect("operator") as connection:
        row = ledger_row(connection, delivery_id)
    if decision not in ("accept", "withdraw", "rejudge"):
        raise HTTPException(status.HTTP_404_NOT_FOUND, "nothing_there")
    if decision not in decisions_open_to(row):
        raise HTTPException(status.HTTP_409_CONFLICT, "not_open")
    return row


def _token(request: Request) -> str:
    """The log-in of the viewer, as she sent it."""
    sent = request.headers.get("authorization", "")
    return sent.partition(" ")[2] if sent else request.cookies[COOKIE_NAME_JWT_TOKEN]
