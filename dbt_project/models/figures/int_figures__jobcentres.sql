with

published as (

    select * from {{ ref('int_figures__published') }}

),

jobcentres as (

    select * from {{ ref('dim_jobcenter') }}

),

-- The printed jobcentres keep their row, with zeros when a delivery does not have them.
names as (

    select dimensions ->> 'jobcenter' as jobcenter
    from published
    where measure = 'agreed_places'

    union distinct

    select navn as jobcenter
    from jobcentres

),

-- The months that the source prints for a jobcentre's hours.
periods as (

    select
        dimensions ->> 'jobcenter' as jobcenter,
        dimensions ->> 'period' as periode
    from published
    where
        measure = 'mentor_hours'
        and dimensions ? 'period'

)

select
    names.jobcenter,
    -- A jobcentre that is not in the report has the whole period of the project.
    coalesce(periods.periode, (select min(all_periods.periode) from periods as all_periods)) as periode
from names
left join periods on names.jobcenter = periods.jobcenter
