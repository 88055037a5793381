"""The FastAPI app that the Airflow plugin mounts at /mentor-dw. Imported by the API server only."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from mentor_dw.portal import assets, deciding, deliveries, documents, extracts, figures, metrics, plots, status
from mentor_dw.portal.mishaps import add_mishaps

#: Who may see anything here: whoever is logged in on the Airflow page, in any role. 401 without a login, 403 with one
#: that is not (or no longer) valid.
logged_in = requires_access_view(AccessView.WEBSITE)


def portal() -> FastAPI:
    """The app, every route behind the login. Raises RuntimeError when one is not."""
    # Without pages that describe the routes: FastAPI would show them to anybody.
    app = FastAPI(title="mentor-dw", dependencies=[Depends(logged_in)], openapi_url=None, docs_url=None, redoc_url=None)
    for part in (status, metrics, assets, deliveries, figures, plots, extracts, documents, deciding):
        app.include_router(part.router)
    add_mishaps(app)
    if open_to_all := unguarded(app):
        raise RuntimeError(f"Routes that ask for no login: {', '.join(open_to_all)}.")
    return app


def unguarded(app: FastAPI) -> list[str]:
    """Paths of `app` that can be asked for without a login.

    The dependency of the app covers what is added by `app.get` and `app.include_router`; it does not cover a mounted
    app, a folder of static files or a route of Starlette's, so none of them may be there.
    """
    return [
        getattr(route, "path", repr(route))
        for route in app.routes
        if not (
            isinstance(route, APIRoute)
            and any(dependency.call is logged_in for dependency in route.dependant.dependencies)
        )
    ]
