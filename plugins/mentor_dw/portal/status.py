"""/status: what runs, what came, what was refused, what was built, what is late."""

from __future__ import annotations

import json

from fastapi import APIRouter, Depends, Response

from mentor_dw.portal.viewer import viewer_of_the_house

#: What it says is told of all areas.
router = APIRouter(dependencies=[Depends(viewer_of_the_house)])


@router.get("/status")
def status() -> Response:
    """The object that `mentor-dw status --json` prints, as JSON."""
    from mentor_dw.portal.overview import overview

    return Response(json.dumps(overview(), ensure_ascii=False, default=str), media_type="application/json")
