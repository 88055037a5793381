{% set behind = {
    'borgere': 'loebende.person_key',
    'fct_mentorforloeb': "case when loebende.indsats = 'mentor' then loebende.indsats_key end",
    'fct_tilbud': "case when loebende.indsats = 'tilbud' then loebende.indsats_key end",
} %}

with

loebende as (

    select * from {{ ref('int_studie__loebende') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

tools as (

    select distinct medlem as tilbud
    from members
    where dimension = 'tilbud'

),

totals as (

    select
        ages.kode as alder_kode,
        ages.medlem as alder,
        count(loebende.indsats_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from members as ages
    left join loebende on ages.kode in ('alle', loebende.aldersgruppe_30)
    where ages.dimension = 'alder_30' and ages.kode <> 'uoplyst'
    group by ages.kode, ages.medlem

),

figur_7 as (

    select
        totals.alder,
        totals.antal as i_alt,
        totals.grundlag as naevner_grundlag,
        tools.tilbud,
        count(loebende.indsats_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from totals
    cross join tools
    left join loebende
        on
            totals.alder_kode in ('alle', loebende.aldersgruppe_30)
            and tools.tilbud = loebende.tilbud
    group by totals.alder, totals.antal, totals.grundlag, tools.tilbud

),

counted as (

    select
        'courses_running_7_months_share' as measure,
        jsonb_build_object('alder', alder, 'tilbud', tilbud) as dimensions,
        antal as taeller,
        i_alt as naevner,
        'pct' as unit,
        grundlag,
        naevner_grundlag
    from figur_7

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
