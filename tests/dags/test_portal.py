"""Nobody reaches a route of the portal without a login, whenever and however the route is added."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="module")
def new_app(tmp_path_factory):
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from mentor_dw.portal.app import portal

    return portal


def test_routes_that_are_added_later_ask_for_a_login_too(new_app):
    from fastapi import APIRouter
    from fastapi.testclient import TestClient

    from mentor_dw.portal.app import unguarded

    app, router = new_app(), APIRouter()
    app.get("/later")(lambda: "seen")
    router.post("/included")(lambda: "seen")
    app.include_router(router)
    with TestClient(app) as client:
        for path, method in (("/status", "GET"), ("/metrics", "GET"), ("/later", "GET"), ("/included", "POST")):
            assert client.request(method, path).status_code == 401, path
        assert [client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404] * 3
    assert unguarded(app) == []


def test_routes_past_the_login_are_named(new_app):
    from fastapi import FastAPI

    from mentor_dw.portal.app import unguarded

    app = new_app()
    app.add_route("/raw", lambda request: None)
    app.mount("/files", FastAPI())
    assert unguarded(app) == ["/raw", "/files"]
