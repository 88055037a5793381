"""Samples, made once for a test run, and what judges them by hand."""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from mentor_dw.sample import generate


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sample_{name}", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by name.
    sys.modules[f"sample_{name}"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def by_hand() -> ModuleType:
    """`figures_by_hand.py`: reads a delivery and computes the figures by the written rules."""
    return _load("figures_by_hand")


@pytest.fixture(scope="session")
def registers() -> ModuleType:
    """`registers_by_hand.py`: reads deliveries of BIFLIS and DREAM, and knows the rules about a person."""
    return _load("registers_by_hand")


@pytest.fixture(scope="session")
def study_by_hand(registers) -> ModuleType:
    """`study_by_hand.py`: computes the figures of the Copenhagen study; imports the registers under their name."""
    return _load("study_by_hand")


@pytest.fixture(scope="session")
def judge() -> ModuleType:
    """`judge.py`: which rows of a delivery break the rules of the feed file."""
    return _load("judge")


@pytest.fixture(scope="session")
def judge_dream() -> ModuleType:
    """`judge_dream.py`: the same for DREAM."""
    return _load("judge_dream")


@pytest.fixture(scope="session")
def made(tmp_path_factory, testrun_uid) -> Callable[..., Path]:
    """`made(seed, accidents)`: the folder of a sample at scale 1, made once for all processes of a test run."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    @cache
    def made(seed: int, *, accidents: bool = False) -> Path:
        out = shared / f"sample-{testrun_uid}-{seed}-{accidents}"
        with (shared / f"{out.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not out.exists():
                generate(out.with_suffix(".growing"), seed=seed, accidents=accidents)
                out.with_suffix(".growing").rename(out)
        return out

    return made


@pytest.fixture(scope="session")
def plain(made) -> Callable[[int], Path]:
    """The folder of a plain sample, by seed."""
    return made


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """The folder of a sample with a tenth of the persons, seed 4."""
    out = tmp_path_factory.mktemp("small")
    generate(out, seed=4, scale=0.1)
    return out


@pytest.fixture(scope="session", params=[1, 2, 3], ids=lambda seed: f"seed{seed}")
def sample(request, plain) -> Path:
    """The folder of a plain sample at scale 1."""
    return plain(request.param)


@pytest.fixture(scope="session")
def accidents(made) -> Path:
    """The folder of the sample of seed 1 with accidents."""
    return made(1, accidents=True)


@pytest.fixture(scope="session")
def planted(accidents) -> dict:
    """What `planted.json` lists."""
    return json.loads((accidents / "planted.json").read_text(encoding="utf-8"))
