"""What a page says when there is none: to people in words and their language, to programs as JSON."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mentor_dw.errors import DatabaseTrouble, MentorDwError
from mentor_dw.portal.language import texts
from mentor_dw.portal.rendering import page

#: What has words of its own by its detail (`mishaps.<detail>`); all else by its number.
_GENERAL = {401: "no_login", 404: "nothing_there", 405: "nothing_there", 422: "nothing_there"}


def add_mishaps(app: FastAPI) -> None:
    """Answer errors of `app` in the way of the one who asked."""

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        return _answer(request, error.status_code, str(error.detail), None, error.headers)

    @app.exception_handler(RequestValidationError)
    def misspelt(request: Request, error: RequestValidationError) -> Response:
        # What was sent is not repeated: it may be anything.
        return _answer(request, 422, "nothing_there", None)

    @app.exception_handler(MentorDwError)
    def told(request: Request, error: MentorDwError) -> Response:
        status = 503 if isinstance(error, DatabaseTrouble) else 409
        return _answer(request, status, error.message, error.next_step)


def _answer(
    request: Request, status: int, detail: str, next_step: str | None, headers: dict[str, str] | None = None
) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        told = {"detail": detail} | ({"next_step": next_step} if next_step else {})
        return JSONResponse(told, status, headers=headers)
    key = detail if f"mishaps.{detail}" in texts() else _GENERAL.get(status)
    shown = page(
        request, "mishap", None, status_code=status, key=key, detail=detail, next_step=next_step, status=status
    )
    shown.headers.update(headers or {})
    return shown
