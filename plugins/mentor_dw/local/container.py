"""The same installation in containers: `python -m mentor_dw.local.container prepare`, or one of Airflow's processes.

`docker-compose.yml` runs `prepare` to its end first. PostgreSQL is another container, named by MENTOR_DW_DSN, and
the home is a volume that all of them share.
"""

from __future__ import annotations

import os
import sys

from mentor_dw.config import get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.local import airflow_services as airflow
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders, write_notes
from mentor_dw.rotation.flow import go_on

#: The name by which the other containers reach the API server.
API_SERVER = "api-server"
PREPARE = "prepare"


def prepare() -> None:
    """Databases, roles, schema and Airflow's tables. Raises MentorDwError when MENTOR_DW_DSN or the port is missing."""
    settings = get_settings()
    if settings.dsn is None or settings.api_port is None:
        raise MentorDwError("Containers need MENTOR_DW_DSN and MENTOR_DW_API_PORT.", "See .env.example.")
    ensure_folders(settings)
    write_notes(settings, api_port=settings.api_port)
    owner = settings.dsn.get_secret_value()
    ensure_logins(settings, owner)
    ensure_schema(settings, owner)
    ensure_keys(settings.secrets)
    go_on(print)
    ensure_source_tables()
    airflow.login(settings)
    if not airflow.is_migrated(settings):
        airflow.migrate(settings)


def environment() -> dict[str, str]:
    """The environment of one of Airflow's processes in its container."""
    settings = get_settings()
    url = f"http://{API_SERVER}:{settings.api_port}/execution/"
    return airflow.process_environment(settings) | {"AIRFLOW__CORE__EXECUTION_API_SERVER_URL": url}


def main() -> None:
    """Run `prepare`, or become the process that is named."""
    names = (PREPARE, *airflow.COMMANDS)
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        raise SystemExit(f"usage: python -m mentor_dw.local.container {{{','.join(names)}}}")
    if sys.argv[1] == PREPARE:
        prepare()
        return
    command = airflow.services(get_settings())[sys.argv[1]].command
    os.execve(command[0], command, environment())


if __name__ == "__main__":
    main()
