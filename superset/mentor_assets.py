"""Superset's own database brought to what this folder says: `python mentor_assets.py bring | export FOLDER`.

`bring` makes the tables of this version, the roles, and the dashboards from assets/, and may be repeated. `export`
writes the dashboards as they are in Superset to a folder in the form that assets/ has.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ASSETS = Path(__file__).resolve().parent / "assets"
METADATA = "metadata.yaml"
#: What Superset adds to the name of a file, a number of its own database.
_NUMBER = re.compile(r"_\d+(?=\.yaml$)")
#: Lists whose order Superset leaves to its database, and what they are ordered by here.
_ORDERED_BY = {"columns": "column_name", "metrics": "metric_name"}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines, which are queries, as they are read."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def read_assets(folder: Path = ASSETS) -> dict[str, str]:
    """The files of `folder` by their path in it."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml"))}


def in_our_form(name: str, text: str) -> tuple[str, str]:
    """Path and content of an exported file without what is chance: numbers, the moment, the order of columns."""
    content = yaml.safe_load(text)
    if name == METADATA:
        content.pop("timestamp", None)
    if name.startswith("charts/"):
        content["params"].pop("datasource", None)
    for part, key in _ORDERED_BY.items():
        if isinstance(content.get(part), list):
            content[part].sort(key=lambda one: one[key])
    for node in content.get("position", {}).values():
        # By its uuid the chart is found, whatever its number is.
        if isinstance(node, dict) and "chartId" in node.get("meta", {}):
            node["meta"]["chartId"] = 0
    return _NUMBER.sub("", name).lower(), yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120
    )


def bring() -> None:
    """Tables, roles, dashboards."""
    from flask_migrate import upgrade
    from mentor_security import VIEWER, VIEWER_OF_ALL, VIEWING
    from mentor_viewers import ADMIN
    from superset import appbuilder, db, security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.utils.core import override_user

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    for name in (VIEWER, VIEWER_OF_ALL):
        security_manager.add_role(name)
    with override_user(security_manager.ensure_user(ADMIN)):
        ImportAssetsCommand(read_assets()).run()
    open_to_all, of_all_areas = [], []
    for dataset in db.session.query(SqlaTable):
        (of_all_areas if json.loads(dataset.extra or "{}").get("all_areas") else open_to_all).append(dataset.perm)
    _give(VIEWER, [*VIEWING, *(("datasource_access", perm) for perm in open_to_all)])
    _give(VIEWER_OF_ALL, [("datasource_access", perm) for perm in of_all_areas])


def _give(role_name: str, permissions: list[tuple[str, str]]) -> None:
    """The role has exactly `permissions`. Raises LookupError for one that this version of Superset does not have."""
    from superset import db, security_manager

    found = []
    for permission, view in permissions:
        one = security_manager.find_permission_view_menu(permission, view)
        if one is None:
            raise LookupError(f"Superset has no permission {permission} on {view}")
        found.append(one)
    security_manager.find_role(role_name).permissions = found
    db.session.commit()


def exported() -> Iterator[tuple[str, str]]:
    """Every asset of Superset as path and content."""
    from mentor_viewers import ADMIN
    from superset import security_manager
    from superset.commands.export.assets import ExportAssetsCommand
    from superset.utils.core import override_user

    with override_user(security_manager.find_user(ADMIN)):
        for name, content in ExportAssetsCommand().run():
            yield in_our_form(name, content())


def export(folder: Path) -> None:
    """Write every asset to `folder`; what lies there and is none any more is removed.

    An asset that the project has already keeps the name of its file.
    """
    names = {yaml.safe_load(text).get("uuid"): name for name, text in read_assets().items()}
    found = {names.get(yaml.safe_load(text).get("uuid"), name): text for name, text in exported()}
    for path in folder.rglob("*.yaml"):
        if str(path.relative_to(folder)) not in found:
            path.unlink()
    for name, text in found.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> Any:
    """Do what `arguments` say."""
    from superset.app import create_app

    with create_app().app_context():
        match arguments:
            case ["bring"]:
                return bring()
            case ["export", folder]:
                return export(Path(folder))
    raise SystemExit("usage: mentor_assets.py bring | export FOLDER")


if __name__ == "__main__":
    main(sys.argv[1:])
