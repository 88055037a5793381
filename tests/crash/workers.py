"""A process that has imported everything, as the scheduler's workers have, and forks one worker for each task.

`python workers.py` reads one request a line from its input and answers each with two lines: the worker's number, and
how it ended. It is started with the hook, so that its workers look for the plan of whoever sent the request.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def main() -> None:
    prepare()
    told = os.fdopen(os.dup(1), "w", buffering=1)
    print(json.dumps({"ready": True}), file=told)
    for line in sys.stdin:
        request = json.loads(line)
        worker = os.fork()
        if worker == 0:
            work(request)
        print(json.dumps({"worker": worker}), file=told)
        _, status = os.waitpid(worker, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), file=told)


def prepare() -> None:
    """Import, and leave the data tests of the dbt project out of builds, which take longer than its models."""
    from mentor_dw.local.executor import import_what_tasks_need

    import_what_tasks_need()

    import mentor_dw.delivery.flow
    import mentor_dw.delivery.flow_send
    import mentor_dw.housekeeping
    import mentor_dw.ingest.decide
    import mentor_dw.ingest.wide_flow
    import mentor_dw.privacy.erasure
    import mentor_dw.rotation.flow  # noqa: F401
    from mentor_dw.warehouse.dbt_run import DATA_TESTS, DbtProject

    whole: Callable[..., Any] = DbtProject.build

    def without_data_tests(self: DbtProject, *, leave_out: Sequence[str] = (), **how: Any) -> Any:
        return whole(self, leave_out=[*leave_out, DATA_TESTS], **how)

    DbtProject.build = without_data_tests


def work(request: dict[str, Any]) -> None:
    """Do what is asked for in a home of its own, and end: 0 done, 1 failed; the result lies in `out`."""
    status = 1
    try:
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ |= request["environment"]

        import broken
        from tasks import TASKS

        from mentor_dw.config import get_settings

        get_settings.cache_clear()
        if request["broken"]:
            broken.WAYS[request["broken"]]()
        result = TASKS[request["task"]](**request["given"])
        out = Path(request["out"])
        out.with_suffix(".part").write_text(json.dumps(result, default=str))
        out.with_suffix(".part").replace(out)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
