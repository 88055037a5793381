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

-- Persons at their first forløb, and every forløb: the text says one and the printed counts fit the other.
bases as (

    select
        'prior_duration' as grundlag,
        forudgaaende.aldersgruppe_30,
        forudgaaende.varighed
    from forudgaaende
    where forudgaaende.er_studiets_foerste

    union all

    select
        'prior_duration_all_courses' as grundlag,
        forudgaaende.aldersgruppe_30,
        forudgaaende.varighed
    from forudgaaende

    union all

    select
        'total_duration' as grundlag,
        borgere.aldersgruppe_30,
        samlet.varighed
    from borgere
    inner join samlet on borgere.person_key = samlet.person_key

),

grids as (

    select
        measures.grundlag,
        measures.unit,
        ages.kode as alder_kode,
        ages.medlem as alder
    from members as ages
    cross join (
        values
        ('prior_duration', 'personer'),
        ('prior_duration_all_courses', 'forløb'),
        ('total_duration', 'personer')
    ) as measures (grundlag, unit)
    where ages.dimension = 'alder_30' and ages.kode <> 'uoplyst'

),

totals as (

    select
        grids.grundlag,
        grids.unit,
        grids.alder_kode,
        grids.alder,
        count(bases.varighed) as antal
    from grids
    left join bases
        on
            grids.grundlag = bases.grundlag
            and grids.alder_kode in ('alle', bases.aldersgruppe_30)
    group by grids.grundlag, grids.unit, grids.alder_kode, grids.alder

),

bands as (

    select
        totals.grundlag,
        totals.unit,
        totals.alder,
        totals.antal as i_alt,
        members.medlem as varighed,
        count(bases.varighed) as antal
    from totals
    inner join members
        on
            members.dimension
            = case totals.grundlag when 'total_duration' then 'varighed_figur_6' else 'varighed_figur_5' end
    left join bases
        on
            totals.grundlag = bases.grundlag
            and totals.alder_kode in ('alle', bases.aldersgruppe_30)
            and members.kode = bases.varighed
    group by totals.grundlag, totals.unit, totals.alder, totals.antal, members.medlem

),

-- "More than one forløb of 26 weeks" is printed for a total duration over six months (rules.md C8); the count of
-- forløb that the words name stands beside it.
several as (

    select
        count(*) as i_alt,
        count(*) filter (where varighed in ('6-12 mdr', 'mere end 1 år')) as over_6_maaneder,
        count(*) filter (where antal_hele_forloeb > 1) as flere_hele
    from samlet

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
        bands.grundlag || one_of.ending as measure,
        jsonb_build_object('alder', bands.alder, 'varighed', bands.varighed) as dimensions,
        bands.antal as taeller,
        one_of.naevner,
        one_of.unit
    from bands
    cross join
        lateral (
            values
            ('_count', null, bands.unit),
            ('_share', bands.i_alt, 'pct')
        ) as one_of (ending, naevner, unit)

    union all

    select
        one_of.measure,
        jsonb_build_object('alder', 'alle') as dimensions,
        one_of.taeller,
        several.i_alt as naevner,
        'pct' as unit
    from several
    cross join
        lateral (
            values
            ('share_more_than_one_26_week_course', several.over_6_maaneder),
            ('share_with_several_full_courses', several.flere_hele)
        ) as one_of (measure, taeller)

    union all

    -- A year is two planned forløb.
    select
        'worked_example_total_duration' as measure,
        jsonb_build_object('afsluttede', '2', 'paabegyndt', '1') as dimensions,
        sum(dage) as taeller,
        2 * 7 * min(planlagte_uger) as naevner,
        'år' as unit
    from example

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner
from counted
