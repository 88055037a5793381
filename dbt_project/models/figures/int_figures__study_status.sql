{% set behind = {
    'borgere': 'udfald.person_key',
    'fct_mentorforloeb': 'udfald.forloeb_key',
    'fct_udfald': 'udfald.udfald_key',
} %}

with

udfald as (

    select * from {{ ref('fct_udfald') }}
    where er_studiets_foerste and horisont_maaneder = 7

),

statuses as (

    select * from {{ ref('dim_status') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

ages as (

    select
        kode as alder_kode,
        medlem as alder
    from members
    where dimension = 'alder_30' and kode <> 'uoplyst'

),

-- Those not followed up yet are neither in I alt nor in the base of the shares (rules.md R7).
totals as (

    select
        ages.alder_kode,
        ages.alder,
        count(udfald.udfald_key) filter (where statuses.er_offentliggjort) as i_alt,
        {{ counted_rows(behind, 'statuses.er_offentliggjort') }} as grundlag,
        count(udfald.udfald_key) filter (where udfald.er_opmatchet) as opmatchede,
        {{ counted_rows(behind, 'udfald.er_opmatchet') }} as opmatchede_grundlag
    from ages
    left join udfald on ages.alder_kode in ('alle', udfald.aldersgruppe_30)
    left join statuses on udfald.status_code = statuses.status_code
    group by ages.alder_kode, ages.alder

),

by_status as (

    select
        totals.alder,
        totals.i_alt,
        totals.grundlag as naevner_grundlag,
        statuses.label_da as status,
        statuses.er_offentliggjort,
        count(udfald.udfald_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from totals
    cross join statuses
    left join udfald
        on
            totals.alder_kode in ('alle', udfald.aldersgruppe_30)
            and statuses.status_code = udfald.status_code
    group by totals.alder, totals.i_alt, totals.grundlag, statuses.label_da, statuses.er_offentliggjort

    union all

    select
        alder,
        i_alt,
        grundlag as naevner_grundlag,
        'I alt' as status,
        true as er_offentliggjort,
        i_alt as antal,
        grundlag
    from totals

),

counted as (

    select
        one_of.measure,
        jsonb_build_object('alder', by_status.alder, 'status', by_status.status, 'period', perioder.betegnelse)
            as dimensions,
        by_status.antal as taeller,
        one_of.naevner,
        one_of.unit,
        by_status.grundlag,
        one_of.naevner_grundlag
    from by_status
    cross join perioder
    cross join
        lateral (
            values
            ('status_7_months', null, 'borgere', null),
            ('status_7_months_share', by_status.i_alt, 'pct', by_status.naevner_grundlag)
        ) as one_of (measure, naevner, unit, naevner_grundlag)
    where by_status.er_offentliggjort or one_of.measure = 'status_7_months'

    union all

    select
        'opmatchet_7_months' as measure,
        jsonb_build_object('alder', alder) as dimensions,
        opmatchede as taeller,
        null as naevner,
        'borgere' as unit,
        opmatchede_grundlag as grundlag,
        null as naevner_grundlag
    from totals

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner,
    grundlag,
    naevner_grundlag
from counted
