with

citizens as (

    select * from {{ ref('int_figures__citizens_2008') }}

),

jobcentres as (

    select * from {{ ref('int_figures__jobcentres') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

participated as (

    select
        'citizens_participated' as measure,
        jsonb_build_object('jobcenter', jobcentres.jobcenter) as dimensions,
        cast(count(citizens.person_key) as numeric) as figure_value
    from jobcentres
    left join citizens on jobcentres.jobcenter = citizens.jobcenter
    group by jobcentres.jobcenter

    union all

    select
        'citizens_participated' as measure,
        jsonb_build_object('jobcenter', 'alle', 'asof', cuts.betegnelse) as dimensions,
        (select count(*) from citizens) as figure_value
    from cuts
    where cuts.afgraensning = 'borgere'

),

ended as (

    select
        'citizens_ended' as measure,
        jsonb_build_object('jobcenter', 'alle') as dimensions,
        cast(count(*) filter (where er_afsluttet) as numeric) as figure_value
    from citizens

    union all

    select
        'citizens_active_at_extract' as measure,
        jsonb_build_object('jobcenter', 'alle') as dimensions,
        count(*) filter (where not er_afsluttet) as figure_value
    from citizens

),

places as (

    select jobcenter
    from jobcentres

    union all

    select 'alle' as jobcenter

),

-- Later reasons (BAG3, BAG4) and a missing one have no row here, only a place in the totals (rules.md R6).
goals as (

    select
        places.jobcenter,
        members.medlem as maal,
        count(citizens.person_key) as antal
    from members
    cross join places
    left join citizens
        on
            members.kode = citizens.baggrund_code
            and (places.jobcenter = 'alle' or places.jobcenter = citizens.jobcenter)
    where members.dimension = 'maal'
    group by places.jobcenter, members.medlem

),

-- One row per citizen and breakdown, so that every breakdown is counted the same way.
broken_down as (

    select
        citizens.person_key,
        breakdown.measure,
        breakdown.dimension,
        breakdown.kode
    from citizens
    cross join lateral (
        values
        ('citizens_by_gender', 'koen', citizens.koen_code),
        ('citizens_by_age', 'alder', citizens.aldersgruppe_code),
        ('citizens_by_education', 'uddannelse', citizens.uddannelse_code),
        ('citizens_by_income', 'forsoergelse', citizens.forsoergelse_2008_code)
    ) as breakdown (measure, dimension, kode)

),

profiles as (

    select
        measures.measure,
        jsonb_build_object(members.dimension, members.medlem) as dimensions,
        cast(count(broken_down.person_key) as numeric) as figure_value
    from members
    inner join (
        values
        ('citizens_by_gender', 'koen'),
        ('citizens_by_age', 'alder'),
        ('citizens_by_education', 'uddannelse'),
        ('citizens_by_income', 'forsoergelse')
    ) as measures (measure, dimension)
        on members.dimension = measures.dimension
    left join broken_down
        on
            members.dimension = broken_down.dimension
            and members.kode = broken_down.kode
    group by measures.measure, members.dimension, members.medlem

),

without_further_education as (

    select
        cast(count(*) filter (where members.medlem = 'folkeskole eller ingen') as numeric) as taeller,
        cast(count(*) as numeric) as naevner
    from citizens
    left join members
        on
            members.dimension = 'uddannelse'
            and citizens.uddannelse_code = members.kode

),

counts as (

    select
        measure,
        dimensions,
        figure_value as taeller
    from participated

    union all

    select
        measure,
        dimensions,
        figure_value as taeller
    from ended

    union all

    select
        'citizens_by_goal' as measure,
        jsonb_build_object('jobcenter', jobcenter, 'maal', maal) as dimensions,
        antal as taeller
    from goals

    union all

    select
        measure,
        dimensions,
        figure_value as taeller
    from profiles

),

-- What all of these are counted from.
behind as (

    select jsonb_build_object('fct_mentorforloeb', coalesce(sum(antal_forloeb), 0)) as grundlag
    from citizens

)

select
    counts.measure,
    counts.dimensions,
    counts.taeller as figure_value,
    'borgere' as unit,
    counts.taeller,
    cast(null as numeric) as naevner,
    behind.grundlag
from counts
cross join behind

union all

select
    'share_folkeskole_or_none' as measure,
    cast('{}' as jsonb) as dimensions,
    trim_scale(without_further_education.taeller / nullif(without_further_education.naevner, 0)) as figure_value,
    'fraction' as unit,
    without_further_education.taeller,
    without_further_education.naevner,
    behind.grundlag
from without_further_education
cross join behind
