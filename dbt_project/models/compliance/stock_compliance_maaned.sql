with

aftaler as (

    select * from {{ ref('compliance_aftale') }}

),

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}

),

uger as (

    select * from {{ ref('compliance_kontakt_uge') }}

),

tilbud as (

    select * from {{ ref('compliance_tilbud_efter_forloeb') }}

),

serviceniveau as (

    select * from {{ ref('compliance_serviceniveau') }}
    where er_egen_kommune

),

maalgruppe as (

    select * from {{ ref('compliance_maalgruppe') }}

),

uden_stoette as (

    select * from {{ ref('stock_uden_stoette_maaned') }}

),

maaneder as (

    select * from {{ ref('int_compliance__maaneder') }}

),

-- One row for each thing that was looked at: its day, kommune, kind, and whether it is a finding.
looked_at as (

    select
        'aftale_mangler' as art,
        kommune_code,
        start_dato as dato,
        not har_aftale as er_fund
    from aftaler

    union all

    select
        'aftale_tomt_felt' as art,
        kommune_code,
        start_dato as dato,
        antal_mangler > 0 as er_fund
    from aftaler
    where har_aftale

    union all

    select
        'aftale_uden_klagevejledning' as art,
        kommune_code,
        start_dato as dato,
        er_uden_klagevejledning as er_fund
    from aftaler
    where har_aftale

    union all

    select
        'kontakt' as art,
        forloeb.kommune_code,
        uger.mandag + 6 as dato,
        not uger.er_opfyldt as er_fund
    from uger
    inner join forloeb on uger.forloeb_key = forloeb.forloeb_key
    where not uger.er_undtaget

    union all

    select
        'tilbud_efter_forloeb' as art,
        kommune_code,
        slut_dato as dato,
        er_fund
    from tilbud

    union all

    select
        'serviceniveau_bevilget_' || katalog as art,
        kommune_code,
        start_dato as dato,
        er_bevilget_under as er_fund
    from serviceniveau

    union all

    select
        'serviceniveau_leveret_' || katalog as art,
        kommune_code,
        start_dato as dato,
        er_leveret_under as er_fund
    from serviceniveau
    where leveret_minutter_pr_uge is not null

    union all

    select
        'maalgruppe' as art,
        kommune_code,
        start_dato as dato,
        er_fund
    from maalgruppe

),

counted as (

    select
        maaneder.maaned,
        looked_at.kommune_code,
        looked_at.art,
        count(*) filter (where looked_at.er_fund) as antal_fund,
        count(*) as antal_i_alt
    from looked_at
    inner join maaneder on cast(date_trunc('month', cast(looked_at.dato as timestamp)) as date) = maaneder.maaned
    where looked_at.dato <= maaneder.opgoerelse_dato
    group by maaneder.maaned, looked_at.kommune_code, looked_at.art

    union all

    select
        maaned,
        kommune_code,
        'uden_tilbud_og_mentor' as art,
        antal_uden_stoette as antal_fund,
        antal_aktivitetsparate as antal_i_alt
    from uden_stoette

)

select
    maaned,
    kommune_code,
    art,
    cast(antal_fund as integer) as antal_fund,
    cast(antal_i_alt as integer) as antal_i_alt
from counted
