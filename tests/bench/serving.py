"""Milliseconds of the pages, and of the queries that pages and dashboards are made of, at ten times the sample's size:
as the reader of all areas, as a reader of one kommune, and of the ledgers.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from places import silent, warehouse
from population import FIRST, put_through_the_door

from mentor_dw.database import connect
from mentor_dw.local.scopes import add_scoped
from mentor_dw.sample import generate
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

sys.path.append(str(Path(__file__).resolve().parents[1] / "end_to_end"))
from pages import PAGES, browsing

#: Scale 1 is the sample.
SCALE, ROUNDS = 10, 7
LIMIT_MS, PAGE_LIMIT_MS = 300, 500
#: What a reader of one kommune may open.
PAGES_OF_AN_AREA = ("outcomes", "budgets")
SCOPED, KOMMUNE = "bench_kommune", "101"
#: Findings in one delivery, ten on each line, each of another rule.
QUARANTINED = 50_000

BY_AREA = {
    "status_at_7_months_by_age": """
        select aldersgruppe_30, status_code, sum(antal_borgere) from stock_udfald where horisont_maaneder = 7
        group by 1, 2""",
    "status_at_every_horisont": """
        select horisont_maaneder, start_aar, status_code, sum(antal_forloeb) from stock_udfald where kilde = 'biflis'
        group by 1, 2, 3""",
    "job_or_education_held": """
        select horisont_maaneder, aar, fastholdelse, sum(antal_forloeb) from stock_fastholdelse group by 1, 2, 3""",
    "starts_by_month_and_source": """
        select kilde, maaned, sum(antal_forloeb) from stock_start_maaned group by 1, 2""",
    "who_by_age_and_sex": """
        select s.kilde, s.aldersbaand, k.label_da, sum(s.antal_borgere) from stock_start_maaned as s
        inner join dim_koen as k on s.koen_code = k.kode group by 1, 2, 3""",
    "money_by_month": """
        select kommune_code, aar, periode, sum(beloeb_dkk), sum(refusion_foer_ramme_dkk), sum(netto_foer_ramme_dkk)
        from stock_oekonomi_maaned group by 1, 2, 3""",
    "compliance_by_month": """
        select maaned, art, sum(antal_fund), sum(antal_i_alt) from stock_compliance_maaned group by 1, 2""",
    "without_support_by_month": "select maaned, sum(antal_uden_stoette) from stock_uden_stoette_maaned group by 1",
    "categories_by_month": """
        select maaned, visitationskategori_code, sum(antal_borgere), sum(antal_med_mentor) from fct_visitation_maaned
        group by 1, 2""",
}
EVERYWHERE = BY_AREA | {
    "hours_by_type_and_time_of_day": """
        select i.label_da, o.label_da, sum(t.minutter) / 60.0 from fct_tidsforbrug as t
        inner join dim_tidsinterval as i on t.tidsinterval_code = i.kode
        inner join dim_opgavetype as o on t.opgavetype_code = o.kode group by 1, 2""",
    "tabel_4": """
        select u.aldersgruppe_30, s.label_da, sum(u.antal_studiets_borgere) from stock_udfald as u
        inner join dim_status as s using (status_code) where u.horisont_maaneder = 7 group by 1, 2""",
    "durations_by_type": """
        select m.label_da, count(*),
            percentile_cont(array[0.25, 0.5, 0.75]) within group (order by f.slut_dato - f.start_dato)
        from fct_mentorforloeb as f inner join dim_mentortype as m on f.mentortype_code = m.kode
        where not f.er_loebende group by 1""",
    "durations_of_connected_support": """
        select kilde, mentortype_code, percentile_cont(array[0.25, 0.5, 0.75]) within group (order by faktiske_dage)
        from fct_stoetteperiode where not er_loebende group by 1, 2""",
    "stock_and_starts_of_biflis": """
        select maaned, mentortype_code, sum(antal_loebende), sum(antal_startede), sum(antal_afsluttede)
        from fct_bestand_maaned where indsats = 'mentor' group by 1, 2""",
    "stock_of_webreg": "select maaned, sum(antal_borgere), sum(pladser) from fct_belaegning_maaned group by 1",
    "caseload": """
        select j.navn, s.maaned, avg(s.antal_borgere), max(s.antal_borgere) from fct_sagsmaengde_maaned as s
        inner join dim_jobcenter as j using (jobcenter_key) where s.er_ansat group by 1, 2""",
    "survival_curve": "select * from stock_overlevelse_kurve",
    "budget_against_cost": "select * from stock_budget_forbrug",
    "refusion_by_status": """
        select aar, refusionsstatus_code, sum(beloeb_dkk), sum(refusion_foer_ramme_dkk) from fct_refusion
        group by 1, 2""",
    "cross_tables": "select * from fct_krydstraek",
    "figures": "select * from figure inner join figure_definition using (measure)",
    "published_figures": "select * from figure_published",
}
OPERATIONS = {
    "quarantine_by_rule": "select delivery_id, rule, count(*) from ops.quarantined_row group by 1, 2",
    "quarantine_of_one_rule": """
        select line_number, field, masked_value from ops.quarantined_row
        where delivery_id = (select max(delivery_id) from ops.quarantined_row) and rule = 'rule_7'
        order by line_number limit 100""",
}
GOALS = {"slowest_ms": f"{LIMIT_MS} at most", "slowest_page_ms": f"{PAGE_LIMIT_MS} at most"}


def measure() -> dict[str, float]:
    """The median of each query and each page, warm, in milliseconds; the slowest of them; rows of the largest fact."""
    with warehouse() as settings:
        folder = settings.home / "bench"
        generate(folder, scale=SCALE)
        for file in FIRST:
            put_through_the_door(settings, folder / file)
        publish(build(silent))
        with connect("loader") as connection:
            connection.execute(
                "insert into ops.quarantined_row (delivery_id, member, line_number, finding_no, rule)"
                " select newest.delivery_id, 'borger', 2 + n / 10, 1 + n %% 10, 'rule_' || n %% 10"
                " from (select max(delivery_id) as delivery_id from ops.delivery) as newest,"
                " generate_series(0, %s - 1) as n",
                (QUARANTINED,),
            )
        add_scoped(settings, SCOPED, [KOMMUNE], [], "benchmark", "make bench")
        found = timed("bi_reader", EVERYWHERE)
        found |= {f"{name}_of_one_kommune": took for name, took in timed(SCOPED, BY_AREA).items()}
        found |= timed("operator", OPERATIONS)
        pages = opened("bi_reader", PAGES) | {
            f"{name}_of_one_kommune": took for name, took in opened(SCOPED, PAGES_OF_AN_AREA).items()
        }
        with connect("bi_reader") as connection:
            row = connection.execute("select count(*) as n from bi.fct_mentorkontakt").fetchone()
    slowest = {"slowest_ms": max(found.values()), "slowest_page_ms": max(pages.values())}
    return (
        {f"{name}_ms": took for name, took in found.items()}
        | {f"page_{name.replace('/', '_')}_ms": took for name, took in pages.items()}
        | slowest
        | {"contacts": row["n"]}
    )


def opened(role: str, pages: Sequence[str]) -> dict[str, float]:
    """Median milliseconds until a page is answered to who sees the numbers of `role`, after it was opened once."""
    found = {}
    with browsing(role) as client:
        for name in pages:
            rounds = []
            for _ in range(1 + ROUNDS):
                began = time.perf_counter()
                assert client.get(f"/{name}").status_code == 200, name
                rounds.append((time.perf_counter() - began) * 1000)
            found[name] = round(statistics.median(rounds[1:]), 1)
    return found


def timed(role: str, queries: Mapping[str, str]) -> dict[str, float]:
    """Median milliseconds of each query with its rows, on a connection that is open."""
    found = {}
    with connect(role) as connection:
        for name, query in queries.items():
            rounds = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                connection.execute(query).fetchall()
                rounds.append((time.perf_counter() - began) * 1000)
            found[name] = round(statistics.median(rounds), 1)
    return found
