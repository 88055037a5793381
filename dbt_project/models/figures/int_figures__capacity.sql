with

dim_mentor as (

    select * from {{ ref('dim_mentor') }}

),

dim_jobcenter as (

    select * from {{ ref('dim_jobcenter') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

jobcentres as (

    select * from {{ ref('int_figures__jobcentres') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

effective_deliveries as (

    select * from {{ ref('int_deliveries__effective') }}

),

-- The day of the report, and the last day that the delivery covers.
status_days as (

    select dato
    from cuts
    where afgraensning = 'mentorer'

    union distinct

    select covers_dato as dato
    from effective_deliveries
    where source = 'webreg'

),

places as (

    select jobcenter
    from jobcentres

    union all

    select 'alle' as jobcenter

),

agreed as (

    select
        jobcentres.jobcenter,
        coalesce(sum(dim_jobcenter.pladser), 0) as pladser
    from jobcentres
    left join dim_jobcenter on jobcentres.jobcenter = dim_jobcenter.navn
    group by jobcentres.jobcenter

),

employed as (

    select
        status_days.dato,
        dim_mentor.mentor_key,
        dim_jobcenter.navn as jobcenter
    from dim_mentor
    inner join dim_jobcenter on dim_mentor.jobcenter_key = dim_jobcenter.jobcenter_key
    inner join status_days
        on
            dim_mentor.start_dato <= status_days.dato
            and (dim_mentor.slut_dato is null or dim_mentor.slut_dato >= status_days.dato)

),

-- A place is taken from the first day to the last, both included, and free again after it (rules.md C9).
running as (

    select
        status_days.dato,
        forloeb.mentor_key,
        forloeb.person_key,
        dim_jobcenter.navn as jobcenter
    from forloeb
    inner join dim_jobcenter on forloeb.jobcenter_key = dim_jobcenter.jobcenter_key
    inner join status_days
        on
            forloeb.start_dato <= status_days.dato
            and (forloeb.slut_dato is null or forloeb.slut_dato >= status_days.dato)

),

caseloads as (

    select
        employed.dato,
        employed.mentor_key,
        employed.jobcenter,
        count(distinct running.person_key) as borgere
    from employed
    left join running
        on
            employed.dato = running.dato
            and employed.mentor_key = running.mentor_key
    group by employed.dato, employed.mentor_key, employed.jobcenter

),

caseload_summaries as (

    select
        places.jobcenter,
        status_days.dato,
        cast(min(caseloads.borgere) as numeric) as mindste,
        cast(percentile_cont(0.5) within group (order by caseloads.borgere) as numeric) as median,
        cast(max(caseloads.borgere) as numeric) as stoerste
    from places
    cross join status_days
    left join caseloads
        on
            status_days.dato = caseloads.dato
            and (places.jobcenter = 'alle' or places.jobcenter = caseloads.jobcenter)
    group by places.jobcenter, status_days.dato

),

caseload_rows as (

    select
        caseload_summaries.jobcenter,
        caseload_summaries.dato,
        one_of.statistik,
        one_of.figure_value
    from caseload_summaries
    cross join lateral (
        values
        ('mindste', caseload_summaries.mindste),
        ('median', caseload_summaries.median),
        ('største', caseload_summaries.stoerste)
    ) as one_of (statistik, figure_value)

),

occupancies as (

    select
        jobcentres.jobcenter,
        status_days.dato,
        agreed.pladser,
        count(distinct running.person_key) as borgere,
        count(running.person_key) as forloeb
    from jobcentres
    cross join status_days
    inner join agreed on jobcentres.jobcenter = agreed.jobcenter
    left join running
        on
            status_days.dato = running.dato
            and jobcentres.jobcenter = running.jobcenter
    group by jobcentres.jobcenter, status_days.dato, agreed.pladser

)

select
    'agreed_places' as measure,
    jsonb_build_object('jobcenter', jobcenter) as dimensions,
    cast(pladser as numeric) as figure_value,
    'borgere at a time' as unit,
    cast(pladser as numeric) as taeller,
    cast(null as numeric) as naevner,
    cast(null as jsonb) as grundlag
from agreed

union all

select
    'mentors' as measure,
    jsonb_build_object('jobcenter', places.jobcenter) as dimensions,
    count(employed.mentor_key) as figure_value,
    'mentorer' as unit,
    count(employed.mentor_key) as taeller,
    null as naevner,
    null as grundlag
from places
inner join cuts on cuts.afgraensning = 'mentorer'
left join employed
    on
        cuts.dato = employed.dato
        and (places.jobcenter = 'alle' or places.jobcenter = employed.jobcenter)
group by places.jobcenter

union all

select
    'caseload_per_mentor' as measure,
    jsonb_build_object(
        'jobcenter', jobcenter, 'statistik', statistik, 'asof', to_char(dato, 'YYYY-MM-DD')
    ) as dimensions,
    figure_value,
    'borgere pr. mentor' as unit,
    -- One of the counts by mentor, or the middle of two: nothing was divided.
    figure_value as taeller,
    null as naevner,
    null as grundlag
from caseload_rows

union all

select
    'occupancy' as measure,
    jsonb_build_object('jobcenter', jobcenter, 'asof', to_char(dato, 'YYYY-MM-DD')) as dimensions,
    trim_scale(100 * cast(borgere as numeric) / nullif(pladser, 0)) as figure_value,
    'pct' as unit,
    borgere as taeller,
    pladser as naevner,
    jsonb_build_object('fct_mentorforloeb', forloeb) as grundlag
from occupancies
