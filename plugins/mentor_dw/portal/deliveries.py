"""/deliveries: what came, what was refused and why, which rows were set aside, whether each source is in time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from mentor_dw.database import connect
from mentor_dw.feeds import sources
from mentor_dw.freshness import freshness
from mentor_dw.ledger import alerts, listing
from mentor_dw.ledger.decisions import decisions_open_to
from mentor_dw.ledger.deliveries import delivery as ledger_row
from mentor_dw.portal.overview import inbox_lines
from mentor_dw.portal.rendering import page
from mentor_dw.portal.viewer import Viewer, viewer_of_the_house
from mentor_dw.reporting.words import REFUSALS, rule_words

#: Rows of a table on one page.
_MOST = 50
#: What a delivery can be.
STATUSES = ("accepted", "superseded", "refused", "duplicate", "withdrawn", "received")

router = APIRouter()
Who = Annotated[Viewer, Depends(viewer_of_the_house)]
First = Annotated[int, Query(ge=0, alias="from")]


@router.get("/deliveries")
def deliveries(request: Request, who: Who, source: str = "", status: str = "", first: First = 0) -> HTMLResponse:
    """The newest deliveries, open alerts, freshness, and what was set aside of what counts, by rule."""
    source, status = source if source in sources() else "", status if status in STATUSES else ""
    with connect("operator") as connection:
        total, rows = listing.newest_deliveries(connection, source or None, status or None, first, _MOST)
        return page(
            request,
            "deliveries",
            who,
            sources=sources(),
            statuses=STATUSES,
            source=source,
            status=status,
            rows=rows,
            pages=_pages(first, total),
            alerts=[row for row in alerts.listing(connection) if row["is_open"]],
            fresh=freshness(connection),
            quarantine=_by_rule(listing.quarantine_by_rule(connection)),
            drift=_columns_by_file(listing.drift(connection)),
            inbox=inbox_lines(),
        )


@router.get("/deliveries/{delivery_id}")
def delivery(request: Request, who: Who, delivery_id: int, asked: str = "") -> HTMLResponse:
    """One delivery: its verdict, its members, its quarantine by rule, what may be decided."""
    with connect("operator") as connection:
        row = ledger_row(connection, delivery_id)
        set_aside = listing.quarantine_by_rule(connection, delivery_id)
        warned = [one for one in listing.warnings(connection) if one["delivery_id"] == delivery_id]
    return page(
        request,
        "delivery",
        who,
        row=row,
        refusal=REFUSALS.get(row["reason_code"] or ""),
        set_aside=_with_words(set_aside),
        warned=_with_words(warned, "warning"),
        decisions=decisions_open_to(row) if who.may_decide else (),
        asked=asked,
    )


@router.get("/deliveries/{delivery_id}/rule")
def lines(request: Request, who: Who, delivery_id: int, member: str, rule: str, first: First = 0) -> HTMLResponse:
    """The lines of one delivery that one rule set aside: line, field, masked value."""
    with connect("operator") as connection:
        row = ledger_row(connection, delivery_id)
        total, rows = listing.quarantined_lines(connection, delivery_id, member, rule, first, _MOST)
    if not total:
        raise HTTPException(404, "nothing_there")
    return page(
        request,
        "delivery_lines",
        who,
        row=row,
        member=member,
        rule=rule,
        words_of_rule=rule_words(rule),
        rows=rows,
        pages=_pages(first, total),
    )


def _pages(first: int, total: int) -> dict[str, Any]:
    """Which rows of how many are shown, and where the pages beside this one begin (None: there is none)."""
    return {
        "first": first + 1 if total else 0,
        "last": min(first + _MOST, total),
        "total": total,
        "before": max(first - _MOST, 0) if first else None,
        "after": first + _MOST if first + _MOST < total else None,
    }


def _by_rule(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows set aside over all deliveries: source, member, rule, field, rows, deliveries; most first."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("source", "member", "rule", "field"))
        one = found.setdefault(
            key, {name: row[name] for name in ("source", "member", "rule", "field")} | {"rows": 0, "deliveries": []}
        )
        one["rows"] += row["rows"]
        one["deliveries"].append(row["delivery_id"])
    return _with_words(sorted(found.values(), key=lambda one: (-one["rows"], one["source"], one["rule"])))


def _with_words(rows: list[dict[str, Any]], name: str = "rule") -> list[dict[str, Any]]:
    return [row | {"words_da": rule_words(row[name]).danish, "words_en": rule_words(row[name]).english} for row in rows]


def _columns_by_file(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the feed does not know: delivery_id, file_name, member, columns; the newest first."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            (row["delivery_id"], row["member"]),
            {"delivery_id": row["delivery_id"], "file_name": row["file_name"], "member": row["member"], "columns": []},
        )
        one["columns"].append(row["column"])
    return sorted(found.values(), key=lambda one: -one["delivery_id"])
