"""The sample of a seed, made once, and the figures computed by hand from its files."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from mentor_dw.sample import generate


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def by_hand() -> ModuleType:
    """`figures_by_hand.py`: reads a delivery and computes the figures by the written rules."""
    return _load("figures_by_hand")


@pytest.fixture(scope="session", params=[1, 2, 3], ids=lambda seed: f"seed{seed}")
def sample(request, tmp_path_factory) -> Path:
    """The folder of a plain sample at scale 1."""
    out = tmp_path_factory.mktemp("sample")
    generate(out, seed=request.param)
    return out
