"""Small deliveries of web registrations to take, spoil and take again."""

from __future__ import annotations

import gzip
import itertools
import logging
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backports import zstd

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import Outcome, take

#: A delivery without a fault: two citizens (replacement numbers), each with one course.
CLEAN = {
    "jobcentre.csv": ["jobcenter_id;navn;kommunekode;organisering;pladser", "1;Jobcenter Nord;851;jobcenter;20"],
    "mentorer.csv": ["mentor_id;jobcenter_id;fuldtid;start_dato;slut_dato", "10;1;ja;2008-01-01;"],
    "borgere.csv": [
        "borger_id;cpr;koen;alder;uddannelse",
        "100;6103801234;K;28;UDD1",
        "101;6204751235;M;33;",
    ],
    "stoetteforloeb.csv": [
        "forloeb_id;borger_id;mentor_id;start_dato;slut_dato;forsoergelse;forsoergelse_2008;baggrund;afslutning",
        "1000;100;10;2008-05-01;2008-09-01;FOR1;;BAG1;nyt_job",
        "1001;101;10;2008-06-01;;FOR2;;BAG2;",
    ],
    "parallelle_indsatser.csv": ["forloeb_id;indsats", "1000;PAR1"],
    "tidsforbrug.csv": [
        "tid_id;forloeb_id;mentor_id;dato;start_tid;minutter;heraf_transport;opgavetype",
        "5000;1000;10;2008-05-02;09:00;60;10;HJEM",
        "5001;1001;10;2008-06-02;10:30;45;;KONTAKT",
    ],
    "opgaver.csv": ["opgave_id;forloeb_id;mentor_id;dato;opgave", "6000;1000;10;2008-05-02;OPG01"],
    "virksomheder.csv": ["virksomhed_id;navn;type;branche;erfaring", "7000;Bageriet;privat;fødevarer;ja"],
    "begivenheder.csv": [
        "begivenhed_id;forloeb_id;start_dato;slut_dato;begivenhed;virksomhed_id",
        "8000;1000;2008-05-10;2008-05-20;BEG01;7000",
    ],
    "tilknytninger.csv": [
        "forloeb_id;virksomhed_id;start_dato;slut_dato;art",
        "1000;7000;2008-05-10;;indslusning",
    ],
}

Deliver = Callable[..., Path]


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Settings:
    """An installed home with keys, where files need not settle."""
    ensure_keys(warehouse.secrets)
    warehouse.settle_seconds = 0
    return warehouse


@pytest.fixture(scope="session")
def make_zip() -> Callable[..., Path]:
    """make_zip(path, {"borgere.csv": [lines, ...]}) writes a delivery with these members only."""

    def made(path: Path, members: dict[str, list[str]]) -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, lines in members.items():
                # A fixed time, so that the same rows are the same bytes.
                member = zipfile.ZipInfo(name, date_time=(2008, 1, 1, 0, 0, 0))
                archive.writestr(member, "\n".join(lines) + "\n")
        return path

    return made


@pytest.fixture
def deliver(home: Settings, make_zip: Callable[..., Path]) -> Deliver:
    """Write a delivery: deliver("2008-09-30", {"borgere.csv": [lines, ...]}), into the inbox or another folder."""

    def put(day: str, changed: dict[str, list[str]] | None = None, folder: Path | None = None) -> Path:
        return make_zip((folder or home.inbox / "webreg") / f"webreg_{day}.zip", CLEAN | (changed or {}))

    return put


@pytest.fixture(scope="session")
def clean() -> dict[str, list[str]]:
    """The members of a delivery without a fault."""
    return CLEAN


@pytest.fixture(scope="session")
def patient_feed() -> Feed:
    """The feed with limits that refuse nothing for its rows: small deliveries have large shares."""
    return load_feed("webreg").model_copy(
        update={"limits": Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)}
    )


class _Logged(logging.Handler):
    """Keeps what any logger says, as a task log would."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__()
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(self.format(record))


@pytest.fixture(scope="module")
def said() -> Iterator[list[str]]:
    """What was said on the way and what any logger wrote; append to it by `say=said.append`."""
    lines: list[str] = []
    logged = _Logged(lines)
    logging.getLogger().addHandler(logged)
    yield lines
    logging.getLogger().removeHandler(logged)


@pytest.fixture(scope="module")
def written(home: Settings, said: list[str]) -> Callable[[], list[str]]:
    """Everything that can be read outside the vault: files, tables, what was said and logged."""
    return lambda: [*_texts_of_files(home), *_texts_of_tables(), *said]


def _texts_of_files(home: Settings) -> list[str]:
    """Every file of the home but the delivered ones and the keys; delivered ones are encrypted in the archive."""
    return [
        path.read_bytes().decode("latin-1") + str(path)
        for path in home.home.rglob("*")
        if path.is_file() and not path.is_relative_to(home.secrets)
    ]


def _texts_of_tables() -> list[str]:
    with connect("loader") as connection:
        tables = connection.execute(
            "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('landing', 'raw', 'ops')"
            " and has_table_privilege(schemaname || '.' || tablename, 'select')"
        ).fetchall()
        return [
            str(connection.execute(f"select t::text as text from {table['name']} as t").fetchall()) for table in tables
        ]


DREAM_HEADER = (
    "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand;y_1612;y_1613;branche_2016_02;branche_2016_03;"
    "grad_2016_02;grad_2016_03"
)


@pytest.fixture(scope="session")
def dream_text() -> Callable[[list[str]], bytes]:
    """The file that holds these lines of DREAM. The same lines twice are not the same bytes."""
    numbers = itertools.count(1)

    # Empty lines at the end are none of the file's lines.
    return lambda lines: "\n".join([DREAM_HEADER, *lines]).encode() + b"\n" * next(numbers)


@pytest.fixture(scope="session")
def dream_line() -> Callable[..., str]:
    """A line of DREAM without a fault: dream_line(pnr, weeks="130;130", work="561010;0,5")."""

    def line(pnr: str, weeks: str = "130;130", work: str = "561010;0,5") -> str:
        koen = "M" if int(pnr[-1]) % 2 else "K"
        branche, grad = work.split(";")
        return f"{pnr};{koen};1980-03-01;101;dansk;U;{weeks};;{branche};;{grad}"

    return line


@pytest.fixture
def dream(home: Settings, dream_text: Callable[[list[str]], bytes]) -> Callable[..., Outcome]:
    """Put a DREAM delivery into the inbox and take it: dream("2016-03", [lines], ".csv.gz")."""

    def put(month: str, lines: list[str], ending: str = ".csv") -> Outcome:
        text = dream_text(lines)
        packed = {
            ".csv": lambda text: text,
            ".csv.gz": lambda text: gzip.compress(text, mtime=0),
            ".csv.zst": zstd.compress,
        }[ending](text)
        path = home.inbox / "dream" / f"dream_{month}{ending}"
        path.write_bytes(packed)
        return take(path, load_feed("dream"), lambda said: None)

    return put
