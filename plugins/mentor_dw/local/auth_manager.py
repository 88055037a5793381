"""Airflow's log-in: roles and login page of its simple auth manager, but with the users and hashes of `logins`.

The simple one keeps passwords in plain text and knows only users that its configuration named at the start. Airflow's
other one (the FAB provider) brings 22 packages, tables of its own and permissions that nobody here would set.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.auth.managers.simple.datamodels.login import LoginBody, LoginResponse
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.auth.managers.simple.utils import parse_login_body
from airflow.api_fastapi.common.types import MenuItem
from airflow.configuration import conf
from fastapi import APIRouter, Depends, FastAPI, HTTPException, status

from mentor_dw.config import get_settings
from mentor_dw.local.page_logins import Login, check_password, login_of, logins

log = logging.getLogger(__name__)

#: How a client gets a token; all of them replace routes of the simple auth manager.
TOKEN, TOKEN_FOR_COMMAND, TOKEN_FOR_ANYBODY = "/token", "/token/cli", "/token/login"
router = APIRouter()


class HouseAuthManager(SimpleAuthManager):
    """The users of this installation, read anew at every request: a removed one is out at once."""

    def init(self) -> None:
        """No passwords are made or printed here."""
        BaseAuthManager.init(self)

    @staticmethod
    def get_users() -> list[SimpleAuthManagerUser]:
        """Everybody who may log in."""
        return [_user(login) for login in logins(get_settings())]

    def serialize_user(self, user: SimpleAuthManagerUser) -> dict[str, Any]:
        """What a token says. Raises KeyError when the user is gone."""
        login = login_of(get_settings(), user.username)
        if login is None:
            raise KeyError("no such user")
        return {"sub": user.username, "role": login.role, "login": login.token_id}

    def deserialize_user(self, token: dict[str, Any]) -> SimpleAuthManagerUser:
        """Whose token it is. Raises KeyError when that user is gone or has another password now."""
        login = login_of(get_settings(), token["sub"])
        if login is None or login.token_id != token["login"]:
            raise KeyError("this log-in has ended")
        return _user(login)

    def is_authorized_view(self, *, access_view: AccessView, user: SimpleAuthManagerUser) -> bool:
        """As the simple one has it; and who belongs to an area may open the page and find ours in its menu."""
        if user.role is None:
            return access_view in (AccessView.WEBSITE, AccessView.PLUGINS)
        return super().is_authorized_view(access_view=access_view, user=user)

    def filter_authorized_menu_items(
        self, menu_items: list[MenuItem], *, user: SimpleAuthManagerUser
    ) -> list[MenuItem]:
        """Nothing of Airflow's own for who belongs to an area."""
        return [] if user.role is None else menu_items

    def get_fastapi_app(self) -> FastAPI | None:
        """The login page of the simple auth manager, and our own tokens."""
        app = super().get_fastapi_app()
        ours = (TOKEN, TOKEN_FOR_COMMAND, TOKEN_FOR_ANYBODY)
        app.router.routes = [route for route in app.router.routes if getattr(route, "path", "") not in ours]
        # The page answers to every path that nothing before it answers to, so ours go first.
        rest, app.router.routes = app.router.routes, []
        app.include_router(router)
        app.router.routes += rest
        return app


@router.post(TOKEN, status_code=status.HTTP_201_CREATED)
def create_token(body: LoginBody = Depends(parse_login_body)) -> LoginResponse:  # noqa: B008
    """A token for a name and a password; 401 when they do not fit."""
    return _token(body, conf.getint("api_auth", "jwt_expiration_time"))


@router.post(TOKEN_FOR_COMMAND, status_code=status.HTTP_201_CREATED)
def create_token_for_command(body: LoginBody) -> LoginResponse:
    """The same for a command line."""
    return _token(body, conf.getint("api_auth", "jwt_cli_expiration_time"))


def _token(body: LoginBody, seconds: int) -> LoginResponse:
    login = check_password(get_settings(), body.username or "", body.password or "")
    if login is None:
        log.warning("A log-in was refused.")
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "Invalid credentials")
    token = get_auth_manager().generate_jwt(user=_user(login), expiration_time_in_seconds=seconds)
    return LoginResponse(access_token=token)


def _user(login: Login) -> SimpleAuthManagerUser:
    """Airflow's user. DAGs, runs and logs tell of all areas, so who belongs to one has no role there."""
    return SimpleAuthManagerUser(username=login.name, role=None if login.sees_one_area else login.role.upper())
