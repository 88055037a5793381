"""/extracts: what is due when, what waits for release, what was sent, answered, is overdue, and what was suppressed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from mentor_dw.database import connect
from mentor_dw.delivery.flow_calendar import calendar, ledger_rows, review
from mentor_dw.ledger import extracts as ledger
from mentor_dw.portal.rendering import page
from mentor_dw.portal.viewer import Viewer, viewer_of_the_house

router = APIRouter()
Who = Annotated[Viewer, Depends(viewer_of_the_house)]


@router.get("/extracts")
def extracts(request: Request, who: Who, released: str = "") -> HTMLResponse:
    """The calendar, and the ledger of what was delivered, the newest first."""
    rows = [_with_suppression(row) for row in ledger_rows(every=False)]
    return page(
        request,
        "extracts",
        who,
        calendar=sorted(calendar(), key=lambda one: one["next_deadline"]),
        rows=sorted(rows, key=lambda row: -row["extract_id"]),
        released=released,
    )


@router.get("/extracts/{extract_id}")
def extract(request: Request, who: Who, extract_id: int) -> HTMLResponse:
    """One version of one period: its steps, its files, what was suppressed, and the form that releases it."""
    row = next((one for one in ledger_rows() if one["extract_id"] == extract_id), None)
    if row is None:
        raise HTTPException(404, "nothing_there")
    with connect("operator") as connection:
        events = ledger.events(connection, extract_id)
    waits = row["step"] == "built" and row["kind"] == "delivery"
    return page(
        request,
        "extract",
        who,
        row=_with_suppression(row),
        events=events,
        review=review(row["name"], row["period"]) if waits else None,
        may_release=waits and who.may_decide and who.name != row["built_by"],
    )


def _with_suppression(row: dict[str, Any]) -> dict[str, Any]:
    """`row` with what was suppressed, table by table."""
    return row | {"hidden": (row["suppression"] or {}).get("tables") or []}
