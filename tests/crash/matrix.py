"""Kills at a boundary or at a moment, lets the house recover as it would, and compares with an undisturbed run."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil
from crash_cases import Case
from home import Home, Server
from links import LINKS, Link
from onlooker import Onlooker, shown
from plan import HOOK, hooked, kill_at, killed
from state import State, compare, state_of

from mentor_dw.local.demo_receiver import start_demo_receiver, stop_demo_receiver

sys.path.insert(0, str(HOOK))
from kill_at import victims

#: A task is tried so often in all, as in a DAG with its two retries, and the run of the next minute.
ATTEMPTS = 4


class Broken(AssertionError):
    """A task that fails though nothing was killed, or fails on after a kill."""


class Anew(Exception):
    """The killed task is not tried again; the next run begins from the start."""


@dataclass
class End:
    """The home that an undisturbed link ended in."""

    home: Home
    state: State
    seconds: float
    #: what readers of `bi` saw before and after it
    before: str
    after: str


@dataclass
class Walk:
    """One walk along a link in a home, with what is to be killed on the way."""

    matrix: Matrix
    home: Home
    link: Link
    case: Case | None = None
    #: seconds after the start at which a moment's case kills
    moment: float | None = None
    broken: str | None = None
    began: float = field(default_factory=time.monotonic)
    struck_at: float | None = None

    @property
    def plan(self) -> Path:
        return self.home.folder / "plan.json"

    def go(self) -> None:
        """To the end of the link, whatever is killed."""
        try:
            self.link.walk(self.run)
        except Anew:
            self._once_more()

    def _once_more(self) -> None:
        if self.link.again is None:
            self.link.walk(self.run)
        else:
            self.link.again(self.run, self.ask)

    def ask(self, query: str) -> Any:
        with self.matrix.server.owner(self.home.database) as owner:
            return owner.execute(query).fetchone()[0]

    def run(self, task: str, **given: Any) -> Any:
        """What the task returned, after as many tries as kills made necessary. Raises Broken."""
        for attempt in range(1, ATTEMPTS + 1):
            if task == "build":
                given["try_number"] = attempt
            had_struck = self.struck
            out = self.home.folder / "result.json"
            out.unlink(missing_ok=True)
            status = self.matrix.work(self, task, given, out)
            if status == 0:
                return json.loads(out.read_text())
            if not self.struck:
                raise Broken(f"{task} failed:\n{self.log_end()}")
            self.matrix.server.revive()
            if not had_struck and (self.link.again or (self.case and self.case.anew)):
                raise Anew
        raise Broken(f"{task} fails on after the kill:\n{self.log_end()}")

    @property
    def struck(self) -> bool:
        """Whether the kill has happened."""
        if self.struck_at is None and self.case is not None and self.case.at is not None and killed(self.plan):
            self.struck_at = time.monotonic()
        return self.struck_at is not None

    def strike(self, worker: int) -> None:
        """Kill now what a moment's case is to kill."""
        self.struck_at = time.monotonic()
        assert self.case is not None
        with suppress(psutil.NoSuchProcess, LookupError):
            for victim in victims(self.case.whom, self.home.folder, worker):
                with suppress(psutil.NoSuchProcess):
                    victim.send_signal(signal.SIGKILL)

    def log_end(self) -> str:
        log = self.home.folder / "worker.log"
        return log.read_text(errors="replace")[-3000:] if log.is_file() else ""


class Matrix:
    """A server, a process that workers are forked from, and the ends of the links that were walked undisturbed."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._ends: dict[str, End] = {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_DW_")}
        # It imports while the server is installed.
        self._workers = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("workers.py"))],
            env=hooked(environment, Path(os.devnull)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        try:
            self.server = Server()
            self._hear(600)
        except BaseException:
            self._workers.kill()
            raise

    def close(self) -> None:
        """End everything, a worker included that is still at it, and remove it."""
        workers = psutil.Process(self._workers.pid)
        for process in [workers, *workers.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._workers.wait()
        self.server.remove()

    def end(self, name: str) -> End:
        """The undisturbed end of a link; walked when nobody asked for it before."""
        if name not in self._ends:
            home = self._begin(LINKS[name])
            walk, before = Walk(self, home, LINKS[name]), self._shown(home)
            self._with_receiver(LINKS[name], home, walk.go)
            seconds = time.monotonic() - walk.began
            self.server.wait_until_alone(home.database)
            with self.server.owner(home.database) as owner:
                state = state_of(home, owner)
                self._ends[name] = End(home, state, seconds, before, shown(owner))
            if state.leftovers:
                raise Broken(f"an undisturbed {name} leaves {', '.join(state.leftovers)}")
        return self._ends[name]

    def disturbed(self, case: Case, broken: str | None = None) -> dict[str, Any]:
        """Walk the link of `case` with its kill; what was found (the columns of the report)."""
        wanted, link = self.end(case.link), LINKS[case.link]
        share = case.moment
        while True:
            home = self._begin(link)
            walk = Walk(self, home, link, case, broken=broken)
            if share is not None:
                walk.moment = share * wanted.seconds
            try:
                result = self._watched(walk, wanted)
            finally:
                self.server.drop(home)
            if result["killed"] or share is None:
                return result
            share *= 0.7  # it was over before its moment came

    def _watched(self, walk: Walk, wanted: End) -> dict[str, Any]:
        case, home = walk.case, walk.home
        assert case is not None
        if case.at is not None:
            kill_at(walk.plan, case.at, case.when, case.whom, case.nth)
        reader = Onlooker(self.server.postgres.url(home.database)) if walk.link.publishes else None
        walk.began, failed = time.monotonic(), ""
        try:
            self._with_receiver(walk.link, home, walk.go)
        except Broken as problem:
            failed = str(problem)
        finally:
            seen = reader.stop() if reader else set()
        struck = walk.struck
        recovered = time.monotonic() - (walk.struck_at or time.monotonic())
        left = self.server.wait_until_alone(home.database)
        with self.server.owner(home.database) as owner, self.server.owner(wanted.home.database) as undisturbed:
            state = state_of(home, owner)
            comparison = compare(owner, state, undisturbed, wanted.state)
        return {
            "step": case.step,
            "killed": struck,
            "whom": case.whom,
            "lost": comparison.lost,
            "doubled": comparison.doubled,
            "half_published": len(seen - {wanted.before, wanted.after}),
            "leftovers": [*left, *state.leftovers],
            "identical": not comparison.differences and not failed,
            "differences": comparison.differences[:20],
            "failed": failed,
            "seconds": round(time.monotonic() - walk.began, 2),
            "recovery_seconds": round(recovered, 2),
        }

    def work(self, walk: Walk, task: str, given: dict[str, Any], out: Path) -> int:
        """Have a worker do `task`; its exit code."""
        request = {
            "task": task,
            "given": given,
            "environment": walk.home.environment | {"TEST_KILL_PLAN": str(walk.plan)},
            "log": str(walk.home.folder / "worker.log"),
            "out": str(out),
            "broken": walk.broken,
        }
        assert self._workers.stdin is not None
        self._workers.stdin.write(json.dumps(request) + "\n")
        worker = self._hear(60)["worker"]
        if walk.moment is not None and not walk.struck:
            left = walk.began + walk.moment - time.monotonic()
            if not self._is_heard(max(left, 0)):
                walk.strike(worker)
        return self._hear(600)["ended"]

    def _begin(self, link: Link) -> Home:
        """A home as `link` begins with it."""
        before = self.end(link.after).home if link.after else self.server.empty
        return self.server.copy(before, f"{link.name}_{next(self._numbers)}")

    def _with_receiver(self, link: Link, home: Home, go: Callable[[], None]) -> None:
        if link.with_receiver:
            start_demo_receiver(home.folder, lambda said: None)
        try:
            link.bring(home)
            go()
        finally:
            if link.with_receiver:
                stop_demo_receiver(home.folder)

    def _shown(self, home: Home) -> str:
        with self.server.owner(home.database) as owner:
            return shown(owner)

    def _is_heard(self, seconds: float) -> bool:
        return bool(select.select([self._workers.stdout], [], [], seconds)[0])

    def _hear(self, seconds: float) -> dict[str, Any]:
        """The next line of the workers' process."""
        if not self._is_heard(seconds):
            raise AssertionError("the workers' process says nothing")
        assert self._workers.stdout is not None
        return json.loads(self._workers.stdout.readline())
