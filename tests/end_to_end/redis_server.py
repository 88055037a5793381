"""A Redis with a password, set up as the one of docker-compose.yml is."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.local.ports import LOOPBACK, free_port


def program(name: str, package: str) -> str:
    """The path of a server's program, installed from its Debian package where that can be done."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    # Where systemd runs, the package would start a server for everybody, which is not ours to decide.
    alone = not Path("/run/systemd/system").exists()
    if not shutil.which(name, path=path) and alone and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]):
            subprocess.run(command, env=quiet, capture_output=True, timeout=300)
    found = shutil.which(name, path=path)
    if found is None:
        pytest.fail(f"No {name}. Install the package {package}, then run this again.")
    return found


@dataclass(frozen=True)
class Redis:
    """A running server: its port, and the file with its password."""

    port: int
    password_file: Path

    @property
    def url(self) -> str:
        """Its address, without the password."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def settings(self) -> dict[str, str]:
        """What an installation must be told in order to have its tasks run by workers."""
        return {
            "MENTOR_DW_EXECUTOR": "celery",
            "MENTOR_DW_BROKER": self.url,
            "MENTOR_DW_BROKER_PASSWORD_FILE": str(self.password_file),
        }


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """A server with the configuration and the secrets of the compose file, at a port of its own."""
    server = program("redis-server", "redis-server")
    secrets = folder / "secrets"
    subprocess.run([PROJECT_ROOT / "compose" / "make_secrets.sh", secrets], check=True)
    password_file = secrets / "redis_password"
    password_file.chmod(0o600)
    port = free_port()
    command = [server, PROJECT_ROOT / "compose" / "redis.conf", "--port", str(port), "--bind", LOOPBACK]
    command += ["--aclfile", secrets / "redis_acl", "--dir", folder]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield Redis(port, password_file)
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("redis-server does not answer")
