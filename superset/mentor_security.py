"""Who may log in to Superset, and what a viewer may do there."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from mentor_viewers import ADMIN, ALL_AREAS, may_log_in, viewer_of
from superset.security import SupersetSecurityManager

#: Roles of Superset. A viewer has the first; whoever sees all areas has the second too, and with it the datasets that
#: a scoped role of the warehouse may not read.
VIEWER, VIEWER_OF_ALL = "Seer", "Seer af alle områder"

#: All that looking at a dashboard takes: (permission, view), as Superset names them.
VIEWING = (
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("can_dashboard", "Superset"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_time_range", "Api"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "Theme"),
    ("menu_access", "Dashboards"),
)

_log = logging.getLogger(__name__)


class HouseSecurityManager(SupersetSecurityManager):
    """Logins are those of the warehouse; Superset keeps a row for each of them, and no password."""

    def auth_user_db(self, username: str | None, password: str | None) -> Any | None:
        """The user when name and password are those of a login of the warehouse, or the administrator's."""
        if not username or not password or not may_log_in(username, password):
            # The name is not told: people type passwords into the wrong field.
            _log.warning("A log-in was refused.")
            return None
        return self.ensure_user(username)

    def load_user(self, pk: Any) -> Any | None:
        """The user of a session, as long as the warehouse knows the login."""
        user = super().load_user(pk)
        return user if user is not None and viewer_of(user.username) is not None else None

    @staticmethod
    def get_datasource_access_error_msg(datasource: Any) -> str:
        """What a chart says in place of its data; there is no other reason than this one."""
        return "Disse tal dækker alle områder, og dit login ser kun sit eget."

    def ensure_user(self, username: str) -> Any:
        """The row of the login `username`, with the roles that it has now."""
        names = {ADMIN: ["Admin"], ALL_AREAS: [VIEWER, VIEWER_OF_ALL]}.get(username, [VIEWER])
        roles = [self.find_role(name) for name in names]
        user = self.find_user(username=username)
        if user is None:
            # A password that nobody knows: it is never asked for.
            never = secrets.token_urlsafe(32)
            return self.add_user(username, username, "", f"{username}@localhost", roles, password=never)
        if {role.id for role in user.roles} != {role.id for role in roles}:
            user.roles = roles
            self.update_user(user)
        return user
