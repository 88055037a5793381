"""/docs/...: the documentation of the house as pages, so that an alert's runbook is one click away."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt
from markupsafe import Markup

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.portal.rendering import page
from mentor_dw.portal.viewer import Viewer, viewer

_DOCS = PROJECT_ROOT / "docs"
#: Tables, and no markup of the text's own.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")

router = APIRouter()


@lru_cache
def _pages() -> dict[str, Path]:
    """Every page by its path below `docs/`, without the ending."""
    return {str(file.relative_to(_DOCS).with_suffix("")): file for file in sorted(_DOCS.rglob("*.md"))}


@router.get("/docs/{path:path}")
def document(request: Request, who: Annotated[Viewer, Depends(viewer)], path: str) -> HTMLResponse:
    """A page of the documentation, English as it is; 404 for anything else."""
    file = _pages().get(path.removesuffix(".md"))
    if file is None:
        raise HTTPException(404, "nothing_there")
    title, _, text = file.read_text(encoding="utf-8").partition("\n")
    return page(request, "document", who, title=title.lstrip("# "), text=Markup(_MARKDOWN.render(text)))
