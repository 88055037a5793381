"""Nobody reaches a route of the portal without a login, whenever and however the route is added."""

from __future__ import annotations

import os
import re

import pytest


@pytest.fixture(scope="module")
def new_app(tmp_path_factory):
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from mentor_dw.portal.app import portal

    return portal


def asked_for(path: str) -> str:
    """A path with something in its holes."""
    return re.sub(r"{(\w+)(:path)?}", lambda hole: "1" if hole[1].endswith("_id") else "x", path)


def test_no_route_answers_without_a_login(new_app):
    from fastapi.testclient import TestClient

    app = new_app()
    with TestClient(app) as client:
        asked = [(method, asked_for(route.path)) for route in app.routes for method in route.methods]
        assert len(asked) >= 16 and {"GET", "POST"} <= {method for method, _ in asked}
        answers = {(method, path): client.request(method, path) for method, path in asked}
        assert {answer.status_code for answer in answers.values()} == {401}
        page = client.get("/outcomes", headers={"accept": "text/html", "accept-language": "en"})
        assert page.status_code == 401 and "/auth/login" in page.text and "The page asks for a login." in page.text


#: What is told of all areas, of numbers, and what is a decision.
OF_THE_HOUSE = ("/deliveries", "/deliveries/1", "/deliveries/1/rule?member=x&rule=y", "/extracts", "/extracts/1")
OF_ALL_AREAS = ("/figures", "/figures/measures", "/figures/K-087")
OF_AREAS = ("/outcomes", "/budgets")
DECISIONS = (
    ("GET", "/deliveries/1/accept"),
    ("POST", "/deliveries/1/accept"),
    ("POST", "/extracts/star_udfald/2016K1/release"),
)


@pytest.mark.parametrize(
    ("role", "sees", "refused"),
    [
        # A login of one area sees its numbers, whatever it may do in Airflow.
        ("admin", "team_viborg", (*OF_THE_HOUSE, *OF_ALL_AREAS, "/status", "/metrics")),
        ("viewer", None, (*OF_ALL_AREAS, *OF_AREAS)),
        ("op", None, (*OF_ALL_AREAS, *OF_AREAS)),
    ],
)
def test_a_page_that_is_not_for_the_viewer_says_so_before_anything_is_read(new_app, role, sees, refused):
    from fastapi.testclient import TestClient

    with TestClient(logged_in_as(new_app(), role, sees)) as client:
        for path in refused:
            assert client.get(path).status_code == 403, path
        if role == "viewer" or sees:
            for method, path in DECISIONS:
                answer = client.request(method, path)
                assert answer.status_code == 403, path
                assert answer.json()["detail"] == ("one_area" if sees else "no_decisions")


def test_a_form_of_another_site_decides_nothing(new_app):
    from fastapi.testclient import TestClient

    with TestClient(logged_in_as(new_app(), "admin", "bi_reader")) as client:
        for path in (path for method, path in DECISIONS if method == "POST"):
            for site in ("cross-site", "same-site"):
                answer = client.post(path, data={"reason": "x"}, headers={"sec-fetch-site": site})
                assert (answer.status_code, answer.json()["detail"]) == (403, "other_site"), path


def test_a_page_is_kept_in_no_cache_and_loads_nothing_from_elsewhere(new_app):
    from fastapi.testclient import TestClient

    with TestClient(logged_in_as(new_app(), "viewer", None)) as client:
        page = client.get("/docs/start_here", headers={"accept": "text/html"})
        assert page.status_code == 200 and "<h1>Start here</h1>" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=|src=.?https?:", page.text)
        for asset in set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)):
            assert client.get(asset).status_code == 200, asset
        for path in (
            "/docs/../pyproject",
            "/docs/%2e%2e/Makefile",
            "/docs/nothing",
            "/assets/..%2fapp.py",
            "/assets/x",
        ):
            assert client.get(path).status_code == 404, path


def logged_in_as(app, role, sees):
    """`app` for somebody who is logged in."""
    from mentor_dw.portal.app import logged_in
    from mentor_dw.portal.viewer import Viewer, viewer

    app.dependency_overrides[logged_in] = lambda: None
    app.dependency_overrides[viewer] = lambda: Viewer("anne.jensen", role, sees)
    return app


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
        assert [client.get(path).status_code for path in ("/redoc", "/openapi.json", "/docs/oauth2-redirect")] == [
            404,
            404,
            401,
        ]
    assert unguarded(app) == []


def test_routes_past_the_login_are_named(new_app):
    from fastapi import FastAPI

    from mentor_dw.portal.app import unguarded

    app = new_app()
    app.add_route("/raw", lambda request: None)
    app.mount("/files", FastAPI())
    assert unguarded(app) == ["/raw", "/files"]
