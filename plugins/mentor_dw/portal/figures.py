"""/figures: each published number beside the computed one; what stands behind a number."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from mentor_dw.figures.choose import SeveralFigures
from mentor_dw.figures.explain import explain
from mentor_dw.figures.wording import sections, title
from mentor_dw.portal.rendering import page, words_for
from mentor_dw.portal.viewer import Viewer, viewer_of_all_numbers

router = APIRouter()
Who = Annotated[Viewer, Depends(viewer_of_all_numbers)]

_AGREEMENT = "select document, kildedokument, loaded, targets, agreeing from bi.figure_agreement order by document"
_PUBLISHED = """
    select
        p.id, p.document, p.place, p.measure, p.dimensions, p.published_value, p.unit, p.computed_value, p.decimals,
        p.reproduce, p.agrees, p.loaded, p.defined, p.reason, d.navn_da, d.navn_en, d.forbehold as forbehold_da,
        d.forbehold_en
    from bi.figure_published as p
    left join bi.figure_definition as d on p.measure = d.measure
    where p.document = %s
    order by p.id
"""
_DEFINITIONS = """
    select d.*, (select count(*) from bi.figure as f where f.measure = d.measure) as members
    from bi.figure_definition as d
    order by d.measure
"""


@router.get("/figures")
def figures(request: Request, who: Who, document: str = "") -> HTMLResponse:
    """The published numbers of one document (the first, when none is asked for), and how many agree in each."""
    with who.numbers() as connection:
        documents = connection.execute(_AGREEMENT).fetchall()
        known = [row["document"] for row in documents]
        document = document if document in known else next(iter(known), "")
        rows = connection.execute(_PUBLISHED, (document,)).fetchall()
    return page(request, "figures", who, documents=documents, document=document, rows=rows)


@router.get("/figures/measures")
def measures(request: Request, who: Who) -> HTMLResponse:
    """Every measure with its rule and its forbehold."""
    with who.numbers() as connection:
        rows = connection.execute(_DEFINITIONS).fetchall()
    return page(request, "measures", who, rows=rows)


@router.get("/figures/{figure}")
def figure(request: Request, who: Who, figure: str) -> HTMLResponse:
    """What stands behind one number, by its id or by measure and `?key=value`; a choice where several fit."""
    words = words_for(request)
    where = {name: value for name, value in request.query_params.items() if name != "lang"}
    try:
        explanation = explain(figure, where)
    except SeveralFigures as several:
        return page(request, "figure_choice", who, words=words, figure=figure, members=_sorted(several.members))
    return page(
        request,
        "figure",
        who,
        words=words,
        title=title(explanation, words.language),
        sections=sections(explanation, words.language),
        deliveries=[one for one in explanation["deliveries"] if one["effective"]],
    )


def _sorted(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(members, key=lambda one: str(one["dimensions"]))
