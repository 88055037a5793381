"""How a page becomes HTML: templates, language, and what a browser may do with it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from mentor_dw.portal.assets import address_of
from mentor_dw.portal.language import LANGUAGES, Words, choose
from mentor_dw.portal.viewer import Viewer

_COOKIE, _YEAR = "mentor_dw_language", 365 * 24 * 3600
#: The pages of the menu: their path, which is the name of their text too.
PAGES = ("deliveries", "figures", "outcomes", "budgets", "extracts")
#: What somebody sees of an area: its own numbers, not how the house runs.
PAGES_OF_AN_AREA = ("outcomes", "budgets")
#: Nothing but what this house serves is loaded, nothing is written into a page by a script, and only Airflow's own page
#: may frame it. Numbers stay in no cache.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@lru_cache
def environment() -> Environment:
    """The templates; what a delivery says is text in them, never markup."""
    made = Environment(
        loader=PackageLoader("mentor_dw.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = address_of
    return made


def words_for(request: Request) -> Words:
    """The language of the answer to `request`."""
    return Words(
        choose(request.query_params.get("lang"), request.cookies.get(_COOKIE), request.headers.get("accept-language"))
    )


def page(
    request: Request, template: str, viewer: Viewer | None, *, status_code: int = 200, **values: Any
) -> HTMLResponse:
    """The answer to `request`: `template` with `values`, and what every page has: words `t`, viewer, menu."""
    words = values.pop("words", None) or words_for(request)
    menu = () if viewer is None else PAGES_OF_AN_AREA if viewer.sees_one_area else PAGES
    body = (
        environment()
        .get_template(f"{template}.html")
        .render(
            t=words,
            viewer=viewer,
            menu=menu,
            root=request.scope.get("root_path", ""),
            here=request.scope["path"].removeprefix(request.scope.get("root_path", "")),
            others=[language for language in LANGUAGES if language != words.language],
            switch=lambda language: str(request.url.include_query_params(lang=language).query),
            **values,
        )
    )
    answer = HTMLResponse(body, status_code, headers=HEADERS)
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(_COOKIE, words.language, max_age=_YEAR, httponly=True, samesite="lax", path="/")
    return answer
