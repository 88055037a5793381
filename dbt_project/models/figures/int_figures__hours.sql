with

entries as (

    select * from {{ ref('fct_tidsforbrug') }}

),

dim_jobcenter as (

    select * from {{ ref('dim_jobcenter') }}

),

jobcentres as (

    select * from {{ ref('int_figures__jobcentres') }}

),

citizens as (

    select * from {{ ref('int_figures__citizens_2008') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

-- Two cut-offs hold every printed hour and share: the national table has its own (rules.md R1).
minutes as (

    select
        cuts.afgraensning,
        dim_jobcenter.navn as jobcenter,
        entries.opgavetype_code,
        entries.tidsinterval_code,
        sum(entries.minutter) as minutter,
        count(*) as registreringer
    from entries
    inner join dim_jobcenter on entries.jobcenter_key = dim_jobcenter.jobcenter_key
    inner join cuts
        on
            cuts.afgraensning in ('timer_landstabel', 'timer_jobcenter')
            and entries.dato <= cuts.dato
    group by cuts.afgraensning, dim_jobcenter.navn, entries.opgavetype_code, entries.tidsinterval_code

),

opgavetyper as (

    select
        kode,
        medlem
    from members
    where dimension = 'opgavetype'

    union all

    select
        null as kode,
        'I alt' as medlem

),

tidsintervaller as (

    select
        kode,
        medlem
    from members
    where dimension = 'tidsinterval'

),

national_table as (

    select
        opgavetyper.medlem as opgavetype,
        coalesce(sum(minutes.minutter), 0) as minutter,
        coalesce(sum(minutes.registreringer), 0) as registreringer
    from opgavetyper
    left join minutes
        on
            minutes.afgraensning = 'timer_landstabel'
            and (opgavetyper.kode is null or opgavetyper.kode = minutes.opgavetype_code)
    group by opgavetyper.medlem

),

jobcentre_table as (

    select
        jobcentres.jobcenter,
        jobcentres.periode,
        opgavetyper.medlem as opgavetype,
        coalesce(sum(minutes.minutter), 0) as minutter,
        coalesce(sum(minutes.registreringer), 0) as registreringer
    from jobcentres
    cross join opgavetyper
    left join minutes
        on
            minutes.afgraensning = 'timer_jobcenter'
            and jobcentres.jobcenter = minutes.jobcenter
            and (opgavetyper.kode is null or opgavetyper.kode = minutes.opgavetype_code)
    group by jobcentres.jobcenter, jobcentres.periode, opgavetyper.medlem

),

jobcentre_totals as (

    select
        jobcenter,
        periode,
        minutter,
        registreringer
    from jobcentre_table
    where opgavetype = 'I alt'

),

visited as (

    select
        jobcenter,
        count(*) as borgere
    from citizens
    group by jobcenter

),

by_time as (

    select
        tidsintervaller.medlem as tidsinterval,
        opgavetyper.medlem as opgavetype,
        coalesce(sum(minutes.minutter), 0) as minutter,
        coalesce(sum(minutes.registreringer), 0) as registreringer
    from tidsintervaller
    cross join opgavetyper
    left join minutes
        on
            minutes.afgraensning = 'timer_jobcenter'
            and tidsintervaller.kode = minutes.tidsinterval_code
            and (opgavetyper.kode is null or opgavetyper.kode = minutes.opgavetype_code)
    group by tidsintervaller.medlem, opgavetyper.medlem

),

hours as (

    select
        jsonb_build_object(
            'jobcenter', 'alle', 'opgavetype', national_table.opgavetype, 'asof', cuts.betegnelse
        ) as dimensions,
        national_table.minutter,
        national_table.registreringer
    from national_table
    inner join cuts on cuts.afgraensning = 'timer_landstabel'

    union all

    select
        jsonb_build_object('jobcenter', jobcenter, 'period', periode) as dimensions,
        minutter,
        registreringer
    from jobcentre_totals

    union all

    select
        jsonb_build_object('jobcenter', 'alle', 'period', min(periode)) as dimensions,
        sum(minutter) as minutter,
        sum(registreringer) as registreringer
    from jobcentre_totals

    union all

    select
        jsonb_build_object(
            'jobcenter', 'alle',
            'opgavetype', by_time.opgavetype,
            'tidsinterval', by_time.tidsinterval,
            'asof', cuts.betegnelse
        ) as dimensions,
        by_time.minutter,
        by_time.registreringer
    from by_time
    inner join cuts on cuts.afgraensning = 'timer_jobcenter'

),

shares as (

    select
        'mentor_hours_share' as measure,
        jsonb_build_object(
            'jobcenter', 'alle', 'opgavetype', national_table.opgavetype, 'asof', cuts.betegnelse
        ) as dimensions,
        national_table.minutter,
        national_table.registreringer,
        max(national_table.minutter) filter (where national_table.opgavetype = 'I alt') over () as i_alt
    from national_table
    inner join cuts on cuts.afgraensning = 'timer_landstabel'

    union all

    select
        'mentor_hours_share' as measure,
        jsonb_build_object(
            'jobcenter', jobcentre_table.jobcenter, 'opgavetype', jobcentre_table.opgavetype
        ) as dimensions,
        jobcentre_table.minutter,
        jobcentre_table.registreringer,
        jobcentre_totals.minutter as i_alt
    from jobcentre_table
    inner join jobcentre_totals on jobcentre_table.jobcenter = jobcentre_totals.jobcenter

    union all

    select
        'mentor_hours_share_by_time' as measure,
        jsonb_build_object('jobcenter', 'alle', 'tidsinterval', tidsinterval) as dimensions,
        minutter,
        registreringer,
        sum(minutter) over () as i_alt
    from by_time
    where opgavetype = 'I alt'

)

select
    'mentor_hours' as measure,
    dimensions,
    trim_scale(cast(minutter as numeric) / 60) as figure_value,
    'timer' as unit,
    trim_scale(cast(minutter as numeric) / 60) as taeller,
    cast(null as numeric) as naevner,
    jsonb_build_object('fct_tidsforbrug', registreringer) as grundlag
from hours

union all

select
    measure,
    dimensions,
    trim_scale(100 * cast(minutter as numeric) / nullif(i_alt, 0)) as figure_value,
    'pct' as unit,
    trim_scale(cast(minutter as numeric) / 60) as taeller,
    trim_scale(cast(i_alt as numeric) / 60) as naevner,
    jsonb_build_object('fct_tidsforbrug', registreringer) as grundlag
from shares

union all

-- All citizens ever visited, also those who ended (rules.md C10).
select
    'mentor_hours_per_citizen' as measure,
    jsonb_build_object('jobcenter', jobcentre_totals.jobcenter) as dimensions,
    trim_scale(cast(jobcentre_totals.minutter as numeric) / (60 * visited.borgere)) as figure_value,
    'timer pr. borger' as unit,
    trim_scale(cast(jobcentre_totals.minutter as numeric) / 60) as taeller,
    coalesce(visited.borgere, 0) as naevner,
    jsonb_build_object('fct_tidsforbrug', jobcentre_totals.registreringer) as grundlag
from jobcentre_totals
left join visited on jobcentre_totals.jobcenter = visited.jobcenter
