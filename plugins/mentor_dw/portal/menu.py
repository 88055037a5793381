"""The pages in the menu of Airflow's own page. Read by each of its processes, so it imports nothing."""

from __future__ import annotations

from typing import Any

#: Where the app is mounted.
PREFIX = "/mentor-dw"
#: Path below the prefix, and what Airflow's menu calls it: in the language of most who are logged in there.
_VIEWS = (
    ("deliveries", "Leverancer"),
    ("figures", "Tal"),
    ("outcomes", "Udfald"),
    ("budgets", "Budgetter"),
    ("extracts", "Udtræk"),
)


def external_views() -> list[dict[str, Any]]:
    """The pages as Airflow lists them; it shows each inside of its own."""
    return [
        {
            "name": name,
            "href": f"{PREFIX}/{path}",
            "destination": "nav",
            "nav_top_level": True,
            "url_route": f"mentor-dw-{path}",
        }
        for path, name in _VIEWS
    ]
