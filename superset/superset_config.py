"""Settings of Superset, for `make bi` and for its container. Superset imports this module by its name.

Where things lie is told by environment variables; what a setting is worth when it is not named here says Superset's
own config.py.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import mentor_viewers
from flask import redirect, request
from mentor_security import HouseSecurityManager
from superset.utils.log import AbstractEventLogger

from mentor_dw.masked_output import mask_stderr

#: Superset's own database and what else it writes.
_HOME = Path(os.environ["MENTOR_DW_SUPERSET_HOME"])

# Logs go to standard error.
mask_stderr()
SILENCE_FAB = True

SECRET_KEY = Path(os.environ["MENTOR_DW_SUPERSET_KEY_FILE"]).read_text(encoding="utf-8").strip()
GUEST_TOKEN_JWT_SECRET = GLOBAL_ASYNC_QUERIES_JWT_SECRET = SECRET_KEY
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_HOME / 'superset.db'}"
DATA_DIR = str(_HOME)

_COLOURS = re.compile(r"/api/v1/dashboard/[^/]+/colors")

# --- who sees what (docs/superset.md)

CUSTOM_SECURITY_MANAGER = HouseSecurityManager
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
PERMANENT_SESSION_LIFETIME = timedelta(hours=8)
# An answer that changes nothing in a session does not send it again: it may be an older one than the browser has.
SESSION_REFRESH_EACH_REQUEST = False
# Cookies know no ports, and the Airflow page may be on the same address.
SESSION_COOKIE_NAME = "mentor_dw_superset"


def DB_CONNECTION_MUTATOR(
    uri: Any, params: dict[str, Any], username: str | None, security_manager: Any, source: Any
) -> tuple[Any, dict[str, Any]]:
    """Every connection to the warehouse is one of whoever looks."""
    return mentor_viewers.as_viewer(uri, params, username)


def FLASK_APP_MUTATOR(app: Any) -> None:
    """What Superset answers in another way than by itself."""

    def ours() -> Any:
        if request.path in ("/", "/superset/welcome/"):
            # The page of welcome is about what one made oneself.
            return redirect("/dashboard/list/")
        if request.path == "/superset/log/":
            # What a page tells of its viewer's clicks is kept nowhere (_NoEvents). The log-in page tells it when it
            # goes away and nobody is logged in: Superset's refusal would take the new session's place in the browser.
            return {}
        if request.method == "PUT" and _COLOURS.fullmatch(request.path):
            # Every page that draws a new label wants its colour kept in the dashboard. Labels come from the data,
            # and a viewer changes nothing: the colour is chosen again next time.
            return {"result": []}
        return None

    def with_language(response: Any) -> Any:
        """The page says which language it speaks, for those who have it read aloud: titles and labels are Danish."""
        if response.mimetype == "text/html" and not response.direct_passthrough:
            response.set_data(response.get_data().replace(b"<html>", b'<html lang="da">', 1))
        return response

    app.before_request(ours)
    app.after_request(with_language)


# What a query answers depends on who asked, and is kept nowhere.
CACHE_CONFIG = DATA_CACHE_CONFIG = THUMBNAIL_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
RESULTS_BACKEND = None


class _NoEvents(AbstractEventLogger):
    """Who read what is entered by the database (docs/access.md); what was typed into a filter is kept nowhere."""

    def log(self, *args: Any, **kwargs: Any) -> None:
        """Nothing."""


EVENT_LOGGER = _NoEvents()

FEATURE_FLAGS = {
    # Rows behind a number: for those who may have them, in psql.
    "DRILL_TO_DETAIL": False,
    "DRILL_BY": False,
    "EMBEDDABLE_CHARTS": False,
    "ALERT_REPORTS": False,
    "THUMBNAILS": False,
}
CELERY_CONFIG = None
UPLOAD_FOLDER = str(_HOME / "uploads")
CSV_EXTENSIONS = EXCEL_EXTENSIONS = COLUMNAR_EXTENSIONS = ALLOWED_EXTENSIONS = set()
ENABLE_UI_THEME_ADMINISTRATION = False

# --- nothing leaves the machine

_SELF = ["'self'"]
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": _SELF,
        "default-src": _SELF,
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": _SELF,
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": _SELF,
        "script-src": ["'self'", "'strict-dynamic'"],
        "frame-ancestors": _SELF,
    },
    "content_security_policy_nonce_in": ["script-src"],
    # On this machine, or behind a proxy that speaks TLS.
    "force_https": False,
    "session_cookie_secure": False,
}
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []
DATASET_IMPORT_ALLOWED_DATA_URLS: list[str] = []

# --- as numbers and days are written in Danish; Superset 6.1 has no Danish words for its own menus

APP_NAME = "Mentorstøtte"
LANGUAGES: dict[str, Any] = {}
# Superset's own look, but that grey and blue text can be read by everybody (4.5 to 1 on white).
THEME_DEFAULT = {
    "token": {
        "brandAppName": APP_NAME,
        "brandLogoAlt": "Apache Superset",
        "brandLogoUrl": "/static/assets/images/superset-logo-horiz.png",
        "brandLogoMargin": "18px 0",
        "brandLogoHref": "/",
        "brandLogoHeight": "24px",
        "colorPrimary": "#17677f",
        "colorLink": "#17677f",
        "colorTextPlaceholder": "#666666",
        "colorError": "#c22f40",
        "fontUrls": [],
        "fontFamily": "Inter, Helvetica, Arial, sans-serif",
        "fontFamilyCode": "'IBM Plex Mono', 'Courier New', monospace",
        "transitionTiming": 0.3,
        "brandIconMaxWidth": 37,
        "fontSizeXS": "8",
        "fontSizeXXL": "28",
        "fontWeightNormal": "400",
        "fontWeightLight": "300",
        "fontWeightStrong": "500",
        "fontWeightBold": "700",
    },
    "algorithm": "default",
}
THEME_DARK = None
D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " kr."]}
_DAYS = ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"]
_MONTHS = ["januar", "februar", "marts", "april", "maj", "juni"]
_MONTHS += ["juli", "august", "september", "oktober", "november", "december"]
D3_TIME_FORMAT = {
    "dateTime": "%x %X",
    "date": "%d.%m.%Y",
    "time": "%H:%M:%S",
    "periods": ["", ""],
    "days": _DAYS,
    "shortDays": [day[:3] for day in _DAYS],
    "months": _MONTHS,
    "shortMonths": [month[:3] for month in _MONTHS],
}
CURRENCIES = ["DKK"]
