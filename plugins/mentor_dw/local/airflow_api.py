"""A small client of Airflow's REST API, version 2."""

from __future__ import annotations

from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from mentor_dw.config import Settings, get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.airflow_services import api_url, login

#: The parts of Airflow that /monitor/health reports on.
PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class AirflowApi:
    """Airflow of this installation. Logs in at the first call; calls that fail on the way are repeated.

    With the `token` of somebody who is logged in it acts as her, under her name and with her rights. Raises
    MentorDwError when Airflow does not answer, or answers with an error.
    """

    def __init__(self, settings: Settings | None = None, timeout: float = 30.0, token: str | None = None) -> None:
        self._settings = settings or get_settings()
        self._base = api_url(self._settings)
        self._client = httpx.Client(base_url=self._base, timeout=timeout, trust_env=False)
        self._token, self._given = token, token

    def __enter__(self) -> AirflowApi:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def health(self) -> dict[str, str]:
        """Status by part, `healthy` or `unhealthy`; no login needed, not repeated. All `down` without an answer."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5).raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return dict.fromkeys(PARTS, "down")
        return {part: (answer.get(part) or {}).get("status") or "unhealthy" for part in PARTS}

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of `dag_id`; its run id. Not repeated after it may have reached Airflow."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"]

    def pause(self, dag_id: str, paused: bool) -> None:
        """Whether runs of `dag_id` wait; those under way go on."""
        self._call("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    def run_state(self, dag_id: str, run_id: str) -> str:
        """`queued`, `running`, `success` or `failed`."""
        return self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"]

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State by task (None: not scheduled yet); a mapped task's parts are called `task[0]`, `task[1]`, ..."""
        answer = self._call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", params={"limit": 1000})
        return {
            task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else ""): task["state"]
            for task in answer["task_instances"]
        }

    def latest_runs(self, dag_id: str, limit: int = 10) -> list[dict[str, Any]]:
        """The newest runs first: `dag_run_id`, `state`, `run_type`, `queued_at`, `start_date`, `end_date`, ..."""
        params = {"limit": limit, "order_by": "-run_after"}
        return self._call("GET", f"/dags/{dag_id}/dagRuns", params=params)["dag_runs"]

    def dag_ids(self) -> set[str]:
        """The DAGs that Airflow has parsed and not lost again."""
        return {dag["dag_id"] for dag in self._call("GET", "/dags", params={"limit": 1000})["dags"]}

    def import_errors(self) -> list[dict[str, str]]:
        """What could not be parsed: `filename`, `timestamp` (ISO 8601) and `stack_trace` of each file."""
        answer = self._call("GET", "/importErrors", params={"limit": 100})
        return [
            {name: error[name] for name in ("filename", "timestamp", "stack_trace")}
            for error in answer["import_errors"]
        ]

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._send(method, path, options)
            if answer.status_code == httpx.codes.UNAUTHORIZED and self._given is None:
                self._token = None
                answer = self._send(method, path, options)
        except httpx.HTTPError as error:
            raise MentorDwError(
                f"Airflow does not answer at {self._base or 'any address'} ({type(error).__name__}).",
                "Run `mentor-dw up`.",
            ) from None
        if answer.is_error:
            raise MentorDwError(f"Airflow answered {answer.status_code} to {method} {path}.")
        return answer.json()

    @retry(
        # A connection that was never made did nothing, so it may be tried again for every method.
        retry=retry_if_exception_type((httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)),
        stop=stop_after_attempt(4),
        wait=wait_exponential(multiplier=0.3, max=3),
        reraise=True,
    )
    def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        if self._token is None:
            user, password = login(self._settings)
            answer = self._client.post("/auth/token", json={"username": user, "password": password})
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
        return self._client.request(
            method, f"/api/v2{path}", headers={"Authorization": f"Bearer {self._token}"}, **options
        )
