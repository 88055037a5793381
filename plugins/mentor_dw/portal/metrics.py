"""/metrics: the numbers for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from mentor_dw.portal.viewer import viewer_of_the_house

#: What it says is told of all areas.
router = APIRouter(dependencies=[Depends(viewer_of_the_house)])


@router.get("/metrics")
def metrics() -> Response:
    """What `mentor-dw metrics` prints."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    from mentor_dw.metrics.collector import as_text

    return Response(as_text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
