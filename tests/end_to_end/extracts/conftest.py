"""A house without Airflow: the example deliveries taken and published, and a receiver on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The modules beside the tests are theirs alone; test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))

from extract_house import REFUSAL, WAVE, House, quiet

from mentor_dw.config import Settings
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.local.demo_receiver import start_demo_receiver, stop_demo_receiver
from mentor_dw.rotation.flow import rotate
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish


@pytest.fixture(scope="module")
def house(warehouse: Settings) -> Iterator[House]:
    ensure_keys(warehouse.secrets)
    warehouse.settle_seconds = 0
    rotate("receiver", "forskning", "Sag 1", "en dataansvarlig", quiet)
    receiver = start_demo_receiver(warehouse.home, quiet, {"star_udfald_*": REFUSAL})
    house = House(warehouse, receiver)
    try:
        for name in ("webreg_2008-09-30.zip", "dream_2016-03.csv.gz", "biflis_2016-05.zip"):
            assert house.take(WAVE / name).status == "accepted"
        fold_known_persons(quiet)
        publish(build(quiet))
        yield house
    finally:
        stop_demo_receiver(warehouse.home)
