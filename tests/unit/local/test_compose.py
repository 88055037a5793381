"""The containers, as far as they can be judged without Docker: the file is valid, and keeps the rules of this house.

What they run is run without containers by tests/end_to_end/test_compose_run.py.
"""

from __future__ import annotations

import copy
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mentor_dw.config import PROJECT_ROOT, Settings
from mentor_dw.local import container
from mentor_dw.local.airflow_services import COMMANDS
from mentor_dw.local.connection_file import superset_home
from mentor_dw.local.folders import INBOXES
from mentor_dw.local.postgres import SERVER_SETTINGS

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
DOCKERFILES = tuple(PROJECT_ROOT / name for name in ("Dockerfile", "compose/sftp/Dockerfile", "superset/Dockerfile"))
BIN = Path(sys.executable).parent
#: OpenSSH locks its users in as root, and needs these of root's rights for it.
ROOT = {"sftp": {"AUDIT_WRITE", "KILL", "SETGID", "SETUID", "SYS_CHROOT"}}
#: What listens for anybody, and to whom it is published unless somebody decides otherwise.
PUBLISHED = {"api-server": r"127\.0\.0\.1:", "superset": r"127\.0\.0\.1:", "sftp": r"\$\{SFTP_ADDRESS:-127\.0\.0\.1\}:"}
ON_THEIR_OWN_NETWORK = ("postgres", "redis")
PINNED = re.compile(r"(@sha256:[0-9a-f]{64}|:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?)$")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|CREDENTIAL")
PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def compose() -> dict[str, Any]:
    """The file, anchors and merges resolved."""
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def service_faults(name: str, service: dict[str, Any]) -> Iterator[str]:
    """What a service lacks or may too much."""
    once = service.get("restart") == "no"
    if not PINNED.search(service.get("image", "")):
        yield "image"
    if not re.fullmatch(r"\d+:\d+", str(service.get("user"))) or (service["user"] == "0:0") != (name in ROOT):
        yield "user"
    if service.get("restart") not in ("unless-stopped", "no"):
        yield "restart"
    check = service.get("healthcheck", {})
    if not (once and check.get("disable")) and not {"test", "interval", "timeout", "retries", "start_period"} <= set(
        check
    ):
        yield "healthcheck"
    if not service.get("read_only"):
        yield "read_only"
    if service.get("cap_drop") != ["ALL"] or set(service.get("cap_add", [])) != ROOT.get(name, set()):
        yield "capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []) or service.get("privileged"):
        yield "privileges"
    if not {"max-size", "max-file"} <= set(service.get("logging", {}).get("options", {})):
        yield "logging"
    if "stop_grace_period" not in service:
        yield "stop_grace_period"
    resources = service.get("deploy", {}).get("resources", {})
    if not {"cpus", "memory", "pids"} <= set(resources.get("limits", {})):
        yield "limits"
    if not {"cpus", "memory"} <= set(resources.get("reservations", {})):
        yield "reservations"
    for variable, value in service.get("environment", {}).items():
        if SECRET_NAME.search(variable) and not str(value).startswith("/run/secrets/"):
            yield "secret in the environment"
        if PASSWORD_IN_URL.search(str(value)):
            yield "secret in the environment"
    said = " ".join(map(str, [*service.get("command", []), *check.get("test", [])]))
    if PASSWORD_IN_URL.search(said) or re.search(r"(requirepass|password)[ =]", said, re.IGNORECASE):
        yield "secret in a command"
    ports = service.get("ports", [])
    if bool(ports) != (name in PUBLISHED) or not all(re.match(PUBLISHED[name], port) for port in ports):
        yield "ports"
    if any(str(volume).startswith(("/", ".")) or "docker.sock" in str(volume) for volume in service.get("volumes", [])):
        yield "volumes"
    for needed in service.get("depends_on", {}).values():
        if needed["condition"] not in ("service_healthy", "service_completed_successfully"):
            yield "depends_on"


def faults(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Services of `document` with what is wrong with them; what is wrong with all of it belongs to ``all``."""
    found = {(name, fault) for name, service in document["services"].items() for fault in service_faults(name, service)}
    networks = {name: set(service.get("networks", [])) for name, service in document["services"].items()}
    inside = {name for name, network in document["networks"].items() if (network or {}).get("internal")}
    found |= {(name, "networks") for name in ON_THEIR_OWN_NETWORK if not networks[name] or networks[name] - inside}
    found |= {(name, "networks") for name in ("sftp",) if networks[name] & inside}
    for kind in ("secrets", "configs"):
        used = {
            one if isinstance(one, str) else one["source"]
            for service in document["services"].values()
            for one in service.get(kind, [])
        }
        if used != set(document.get(kind, {})):
            found.add(("all", kind))
    return found


def test_no_service_has_a_fault() -> None:
    assert faults(compose()) == set()


def without(name: str, *path: str) -> Callable[[dict[str, Any]], None]:
    """Takes what `path` names out of a service."""

    def spoil(document: dict[str, Any]) -> None:
        place = document["services"][name]
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return spoil


def having(name: str, **what: Any) -> Callable[[dict[str, Any]], None]:
    """Gives a service something."""
    return lambda document: document["services"][name].update(what)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (having("redis", image="redis:latest"), ("redis", "image")),
        (having("redis", image="redis"), ("redis", "image")),
        (having("postgres", image="postgres:18"), ("postgres", "image")),
        (without("worker", "user"), ("worker", "user")),
        (having("worker", user="0:0"), ("worker", "user")),
        (having("worker", restart="always"), ("worker", "restart")),
        (without("triggerer", "healthcheck"), ("triggerer", "healthcheck")),
        (having("scheduler", healthcheck={"disable": True}), ("scheduler", "healthcheck")),
        (without("scheduler", "read_only"), ("scheduler", "read_only")),
        (having("worker", cap_add=["SYS_ADMIN"]), ("worker", "capabilities")),
        (without("postgres", "cap_drop"), ("postgres", "capabilities")),
        (having("worker", privileged=True), ("worker", "privileges")),
        (without("redis", "logging"), ("redis", "logging")),
        (without("worker", "deploy", "resources", "limits", "memory"), ("worker", "limits")),
        (without("worker", "deploy", "resources", "reservations"), ("worker", "reservations")),
        (without("worker", "stop_grace_period"), ("worker", "stop_grace_period")),
        (having("postgres", environment={"POSTGRES_PASSWORD": "x"}), ("postgres", "secret in the environment")),
        (
            having("worker", environment={"MENTOR_DW_BROKER": "redis://:x@redis:6379/0"}),
            ("worker", "secret in the environment"),
        ),
        (having("redis", command=["redis-server", "--requirepass x"]), ("redis", "secret in a command")),
        (having("postgres", ports=["5432:5432"]), ("postgres", "ports")),
        (having("api-server", ports=["8080:8080"]), ("api-server", "ports")),
        (having("redis", networks=["page"]), ("redis", "networks")),
        (having("sftp", networks=["upload", "inside"]), ("sftp", "networks")),
        (lambda document: document["networks"].update(inside=None), ("postgres", "networks")),
        (having("worker", volumes=["/var/run/docker.sock:/var/run/docker.sock"]), ("worker", "volumes")),
        (having("worker", depends_on={"redis": {"condition": "service_started"}}), ("worker", "depends_on")),
        (without("redis", "configs"), ("all", "configs")),
    ],
)
def test_a_fault_is_found(spoil: Callable[[dict[str, Any]], None], fault: tuple[str, str]) -> None:
    document = copy.deepcopy(compose())
    spoil(document)
    assert fault in faults(document)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=PROJECT_ROOT)


def test_the_file_keeps_the_compose_specification(tmp_path: Path) -> None:
    schema = (BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    done = run(*schema, COMPOSE)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "compose.yml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("read_only:", "readonly:"), encoding="utf-8")
    assert run(*schema, wrong).returncode != 0


def test_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    command = (BIN / "hadolint", "--config", PROJECT_ROOT / ".hadolint.yaml")
    done = run(*command, *DOCKERFILES)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "Dockerfile"
    wrong.write_text(DOCKERFILES[0].read_text(encoding="utf-8").replace("uv==0.13.9", "uv"), encoding="utf-8")
    assert run(*command, wrong).returncode != 0


def test_every_image_begins_with_one_version() -> None:
    for file in DOCKERFILES:
        bases = re.findall(r"^FROM (\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert bases and all(re.search(r":\d+\.\d+(\.\d+)?-", base) for base in bases), bases


def test_our_images_have_our_version_and_our_user() -> None:
    document = compose()
    version = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    built = {name: service for name, service in document["services"].items() if "build" in service}
    assert {service["image"].partition(":")[2] for service in built.values()} == {version}
    ours, sftp, superset = (file.read_text(encoding="utf-8") for file in DOCKERFILES)
    assert "USER 10001:10001" in superset and "--uid 10001 --gid 10001" in superset
    assert "USER 10001:10001" in ours and "--uid 10001" in ours and "--uid 10001 --gid 10001" in sftp
    assert {service["user"] for name, service in built.items() if name not in ROOT} == {"10001:10001"}
    for name, service in built.items():
        build = service["build"]
        assert (PROJECT_ROOT / build["context"] / build.get("dockerfile", "Dockerfile")).is_file(), name
    # What is copied into an image must be there, and no secret may be.
    assert {"/secrets", ".env", ".local"} <= set((PROJECT_ROOT / ".dockerignore").read_text().split())


def test_containers_become_what_the_module_knows_and_are_asked_how_they_are() -> None:
    services = compose()["services"]
    ours = {name: service for name, service in services.items() if service["image"].startswith("mentor-dw:")}
    assert set(ours) == {container.PREPARE, *container.PROCESSES} and set(COMMANDS) < set(ours)
    known = {f"MENTOR_DW_{name.upper()}" for name in Settings.model_fields}
    for name, service in ours.items():
        assert service["command"] == [name]
        assert set(service["environment"]) <= known
        if name != container.PREPARE:
            asked = ["CMD", "python", "-m", container.__name__, container.HEALTHY, name]
            assert service["healthcheck"]["test"] == asked
            longest = int(service["healthcheck"]["timeout"].removesuffix("s"))
            assert longest > container.ANSWER_SECONDS


def test_only_who_makes_the_databases_has_the_password_of_their_owner() -> None:
    holders = {name for name, service in compose()["services"].items() if "postgres_password" in service["secrets"]}
    assert holders == {"postgres", container.PREPARE}


def test_every_variable_of_the_file_is_explained_with_its_default() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    variables = dict(re.findall(r"(?<!\$)\$\{([A-Z_]+):-([^}]*)\}", text))
    assert variables and set(variables) == set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", text))
    for name, default in variables.items():
        assert f"\n#{name}={default}\n" in example, name


def test_the_script_makes_every_secret_and_keeps_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = PROJECT_ROOT / "compose" / "make_secrets.sh"
    assert run(script, folder).returncode == 0
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {Path(secret["file"]).name for secret in compose()["secrets"].values()} == set(made) - {"sftp_host_key.pub"}
    assert all(secret["file"].startswith("secrets/") for secret in compose()["secrets"].values())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert made["postgres_password"] != made["redis_password"]
    assert made["redis_password"].strip() not in made["redis_acl"]
    assert run(script, folder).returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == made


def test_every_mounted_file_is_there() -> None:
    document = compose()
    for config in document["configs"].values():
        assert (PROJECT_ROOT / config["file"]).is_file()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILES[1].read_text(encoding="utf-8"), re.MULTILINE)
    assert all((DOCKERFILES[1].parent / name).is_file() for line in copied for name in line.split())
    assert os.access(PROJECT_ROOT / "compose" / "make_secrets.sh", os.X_OK)


def test_whoever_uploads_has_the_inbox_of_one_source() -> None:
    sftp = compose()["services"]["sftp"]
    places = {mount["target"]: mount["volume"]["subpath"] for mount in sftp["volumes"]}
    assert places == {f"/srv/sftp/{source}/inbox": f"inbox/{source}" for source in INBOXES}
    assert set(sftp["secrets"]) == {"sftp_host_key", *(f"sftp_keys_{source}" for source in INBOXES)}
    names = " ".join(INBOXES)
    assert f"AllowUsers {names}\n" in (DOCKERFILES[1].parent / "sshd_config").read_text(encoding="utf-8")
    assert f"for source in {names};" in DOCKERFILES[1].read_text(encoding="utf-8")
    assert f"for source in {names};" in (PROJECT_ROOT / "compose" / "make_secrets.sh").read_text(encoding="utf-8")


def test_superset_has_of_the_home_what_is_its_own() -> None:
    superset = compose()["services"]["superset"]
    (mount,) = superset["volumes"]
    settings = Settings(home=Path("/home/mentor-dw"))
    assert mount["source"] == "home" and Path(mount["target"]) == superset_home(settings)
    assert mount["volume"]["subpath"] == superset_home(settings).relative_to(settings.home).as_posix()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILES[2].read_text(encoding="utf-8"), re.MULTILINE)
    assert all((PROJECT_ROOT / name).exists() for line in copied for name in line.split())


def test_the_server_is_set_as_the_embedded_one_is() -> None:
    command = compose()["services"]["postgres"]["command"]
    given = dict(setting.split("=", 1) for setting in command if "=" in setting)
    # Where it listens is the container's; how much it logs for itself is what backups need.
    apart = {"listen_addresses", "unix_socket_directories", "wal_level", "max_wal_senders"}
    assert given == {name: value for name, value in SERVER_SETTINGS.items() if name not in apart}
