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

figur_7 as (

    select
        ages.medlem as alder,
        tools.tilbud,
        count(loebende.indsats_key) as antal
    from members as ages
    cross join tools
    left join loebende
        on
            ages.kode in ('alle', loebende.aldersgruppe_30)
            and tools.tilbud = loebende.tilbud
    where ages.dimension = 'alder_30' and ages.kode <> 'uoplyst'
    group by ages.medlem, tools.tilbud

),

counted as (

    select
        'courses_running_7_months_share' as measure,
        jsonb_build_object('alder', alder, 'tilbud', tilbud) as dimensions,
        antal as taeller,
        sum(antal) over (partition by alder) as naevner,
        'pct' as unit
    from figur_7

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner
from counted
