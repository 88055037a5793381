{#- A citizen's own forløb are counted where her total is made; no other citizen has them. -#}
{% set behind %}
jsonb_build_object(
    'borgere', count(distinct bases.person_key),
    'fct_kontaktforloeb', count(distinct bases.kontaktforloeb_key),
    'fct_mentorforloeb', count(distinct bases.forloeb_key) + coalesce(sum(bases.antal_forloeb), 0)
)
{% endset %}
{% set citizens = {'borgere': 'person_key', 'fct_kontaktforloeb': 'null'} %}
{% set totals = {'fct_mentorforloeb': 'antal_forloeb'} %}

with

forudgaaende as (

    select * from {{ ref('int_studie__forudgaaende') }}

),

samlet as (

    select * from {{ ref('int_studie__samlet_varighed') }}

),

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

kontaktforloeb as (

    select * from {{ ref('fct_kontaktforloeb') }}
    where kontaktydelse_code in ('kontanthjaelp', 'uddannelseshjaelp')

),

members as (

    select * from {{ ref('figure_member') }}

),

lov as (

    select * from {{ ref('mentortype_lov') }}
    where mentortype = 'helhedsorienteret'

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

-- Persons at their first forløb, and every forløb: the text says one and the printed counts fit the other. A row for
-- each kontaktforløb that a prior length is made of.
bases as (

    select
        measures.maal,
        case measures.maal
            when 'prior_duration' then forudgaaende.person_key
            else forudgaaende.forloeb_key
        end as enhed,
        forudgaaende.aldersgruppe_30,
        forudgaaende.varighed,
        forudgaaende.person_key,
        forudgaaende.forloeb_key,
        kontaktforloeb.kontaktforloeb_key,
        null as antal_forloeb
    from forudgaaende
    inner join (
        values
        ('prior_duration'),
        ('prior_duration_all_courses')
    ) as measures (maal) on forudgaaende.er_studiets_foerste or measures.maal = 'prior_duration_all_courses'
    left join kontaktforloeb
        on
            forudgaaende.person_key = kontaktforloeb.person_key
            and forudgaaende.ydelse_fra_dato = kontaktforloeb.samlet_start_dato

    union all

    select
        'total_duration' as maal,
        borgere.person_key as enhed,
        borgere.aldersgruppe_30,
        samlet.varighed,
        borgere.person_key,
        null as forloeb_key,
        null as kontaktforloeb_key,
        samlet.antal_forloeb
    from borgere
    inner join samlet on borgere.person_key = samlet.person_key

),

grids as (

    select
        measures.maal,
        measures.unit,
        ages.kode as alder_kode,
        ages.medlem as alder
    from members as ages
    cross join (
        values
        ('prior_duration', 'personer'),
        ('prior_duration_all_courses', 'forløb'),
        ('total_duration', 'personer')
    ) as measures (maal, unit)
    where ages.dimension = 'alder_30' and ages.kode <> 'uoplyst'

),

totals as (

    select
        grids.maal,
        grids.unit,
        grids.alder_kode,
        grids.alder,
        count(distinct bases.enhed) as antal,
        {{ behind }} as grundlag
    from grids
    left join bases
        on
            grids.maal = bases.maal
            and grids.alder_kode in ('alle', bases.aldersgruppe_30)
    group by grids.maal, grids.unit, grids.alder_kode, grids.alder

),

bands as (

    select
        totals.maal,
        totals.unit,
        totals.alder,
        totals.antal as i_alt,
        totals.grundlag as naevner_grundlag,
        members.medlem as varighed,
        count(distinct bases.enhed) as antal,
        {{ behind }} as grundlag
    from totals
    inner join members
        on
            members.dimension
            = case totals.maal when 'total_duration' then 'varighed_figur_6' else 'varighed_figur_5' end
    left join bases
        on
            totals.maal = bases.maal
            and totals.alder_kode in ('alle', bases.aldersgruppe_30)
            and members.kode = bases.varighed
    group by totals.maal, totals.unit, totals.alder, totals.antal, totals.grundlag, members.medlem

),

-- "More than one forløb of 26 weeks" is printed for a total duration over six months (rules.md C8); the count of
-- forløb that the words name stands beside it.
several as (

    select
        measures.measure,
        samlet.person_key,
        samlet.antal_forloeb,
        case measures.measure
            when 'share_with_several_full_courses' then samlet.antal_hele_forloeb > 1
            else samlet.varighed in ('6-12 mdr', 'mere end 1 år')
        end as er_med
    from (
        values
        ('share_more_than_one_26_week_course'),
        ('share_with_several_full_courses')
    ) as measures (measure)
    left join samlet on true

),

-- The worked example of the figure's note: two forløb that ran their planned weeks and a third that runs.
example as (

    select
        {{
            counted_days(
                'perioder.til_dato - 7 * lov.planlagte_uger * nummer.nummer',
                'perioder.til_dato - 7 * lov.planlagte_uger * (nummer.nummer - 1)',
                'perioder.til_dato',
                'lov.planlagte_uger'
            )
        }} as dage,
        lov.planlagte_uger
    from lov
    cross join perioder
    cross join generate_series(0, 2) as nummer (nummer)

),

counted as (

    select
        bands.maal || one_of.ending as measure,
        jsonb_build_object('alder', bands.alder, 'varighed', bands.varighed) as dimensions,
        bands.antal as taeller,
        one_of.naevner,
        one_of.unit,
        bands.grundlag,
        one_of.naevner_grundlag
    from bands
    cross join
        lateral (
            values
            ('_count', null, bands.unit, null),
            ('_share', bands.i_alt, 'pct', bands.naevner_grundlag)
        ) as one_of (ending, naevner, unit, naevner_grundlag)

    union all

    select
        measure,
        jsonb_build_object('alder', 'alle') as dimensions,
        count(person_key) filter (where er_med) as taeller,
        count(person_key) as naevner,
        'pct' as unit,
        {{ counted_rows(citizens, 'er_med', totals) }} as grundlag,
        {{ counted_rows(citizens, sums=totals) }} as naevner_grundlag
    from several
    group by measure

    union all

    -- A year is two planned forløb.
    select
        'worked_example_total_duration' as measure,
        jsonb_build_object('afsluttede', '2', 'paabegyndt', '1') as dimensions,
        sum(dage) as taeller,
        2 * 7 * min(planlagte_uger) as naevner,
        'år' as unit,
        jsonb_build_object('fct_kontaktforloeb', 0, 'fct_mentorforloeb', 0) as grundlag,
        null as naevner_grundlag
    from example

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
