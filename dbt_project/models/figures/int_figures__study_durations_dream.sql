{% set behind = {'borgere': 'citizens.person_key', 'fct_mentorforloeb': 'citizens.forloeb_key'} %}
{#- A citizen has one length of each sort, so no spell is counted twice. -#}
{% set spells = {'fct_forsoergelse_spell': 'citizens.antal_spells'} %}

with

lengths as (

    select * from {{ ref('int_studie__forudgaaende_dream') }}

),

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

grids as (

    select
        sorts.ydelser,
        members.kode as alder_kode,
        members.medlem as alder
    from members
    cross join (
        values
        ('kontant- og uddannelseshjælp'),
        ('alle ydelser')
    ) as sorts (ydelser)
    where members.dimension = 'alder_30' and members.kode <> 'uoplyst'

),

citizens as (

    select
        lengths.ydelser,
        lengths.varighed,
        lengths.antal_spells,
        borgere.person_key,
        borgere.forloeb_key,
        borgere.aldersgruppe_30
    from lengths
    inner join borgere on lengths.person_key = borgere.person_key

),

totals as (

    select
        grids.ydelser,
        grids.alder_kode,
        grids.alder,
        count(citizens.varighed) as antal,
        {{ counted_rows(behind, sums=spells) }} as grundlag
    from grids
    left join citizens
        on
            grids.ydelser = citizens.ydelser
            and grids.alder_kode in ('alle', citizens.aldersgruppe_30)
    group by grids.ydelser, grids.alder_kode, grids.alder

),

bands as (

    select
        totals.ydelser,
        totals.alder,
        totals.antal as i_alt,
        totals.grundlag as naevner_grundlag,
        members.medlem as varighed,
        count(citizens.varighed) as antal,
        {{ counted_rows(behind, sums=spells) }} as grundlag
    from totals
    inner join members on members.dimension in ('varighed_figur_5', 'varighed_dream')
    left join citizens
        on
            totals.ydelser = citizens.ydelser
            and totals.alder_kode in ('alle', citizens.aldersgruppe_30)
            and members.kode = citizens.varighed
    group by totals.ydelser, totals.alder, totals.antal, totals.grundlag, members.medlem

),

counted as (

    select
        one_of.measure,
        jsonb_build_object('alder', bands.alder, 'varighed', bands.varighed, 'ydelser', bands.ydelser) as dimensions,
        bands.antal as taeller,
        one_of.naevner,
        one_of.unit,
        bands.grundlag,
        one_of.naevner_grundlag
    from bands
    cross join lateral (
        values
        ('prior_duration_dream_count', null, 'personer', null),
        ('prior_duration_dream_share', bands.i_alt, 'pct', bands.naevner_grundlag)
    ) as one_of (measure, naevner, unit, naevner_grundlag)

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
