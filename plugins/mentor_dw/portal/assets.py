"""The stylesheet and the script of the pages, behind the login as all else."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response, status

#: What there is, and what it is.
_KINDS = {"portal.css": "text/css; charset=utf-8", "portal.js": "text/javascript; charset=utf-8"}
_YEAR = 365 * 24 * 3600

router = APIRouter()


@lru_cache
def content(name: str) -> bytes:
    """The bytes of an asset."""
    return files("mentor_dw.portal").joinpath("static", name).read_bytes()


@lru_cache
def address_of(name: str) -> str:
    """Where a page finds an asset: its path below the app, with a mark that changes with its content."""
    return f"/assets/{name}?{hashlib.sha256(content(name)).hexdigest()[:12]}"


@router.get("/assets/{name}")
def asset(name: str) -> Response:
    """One of the assets; 404 for anything else."""
    if name not in _KINDS:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    kept = {"Cache-Control": f"private, max-age={_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(content(name), media_type=_KINDS[name], headers=kept)
