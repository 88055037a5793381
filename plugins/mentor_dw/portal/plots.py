"""/outcomes and /budgets: charts with their numbers, for a viewer of all areas or of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from mentor_dw.portal.budget_charts import budget_charts
from mentor_dw.portal.charts import Chart
from mentor_dw.portal.outcome_charts import outcome_charts
from mentor_dw.portal.rendering import page, words_for
from mentor_dw.portal.series import Asked, kommuner
from mentor_dw.portal.viewer import Viewer, viewer_of_some_numbers

router = APIRouter()
Who = Annotated[Viewer, Depends(viewer_of_some_numbers)]


@router.get("/outcomes")
def outcomes(request: Request, who: Who, kommune: str = "") -> HTMLResponse:
    """Who gets support, and what becomes of them."""
    return _plots(request, who, "outcomes", kommune, outcome_charts)


@router.get("/budgets")
def budgets(request: Request, who: Who, kommune: str = "") -> HTMLResponse:
    """What it costs, what the state refunds, how full the places are."""
    return _plots(request, who, "budgets", kommune, budget_charts)


def _plots(request: Request, who: Viewer, name: str, kommune: str, charts: Callable[..., list[Chart]]) -> HTMLResponse:
    words = words_for(request)
    with who.numbers() as connection:
        known = [] if who.sees_one_area else kommuner(connection)
        chosen = kommune if kommune in {row["kode"] for row in known} else None
        drawn = charts(connection, words, Asked(chosen), all_areas=not who.sees_one_area)
    return page(request, "plots", who, words=words, name=name, charts=drawn, kommuner=known, kommune=chosen)
