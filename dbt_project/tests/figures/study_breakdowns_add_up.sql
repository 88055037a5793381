-- Every share of the Copenhagen study adds up to a hundred within its group, and every count to the group it divides,
-- where missing values are members and nobody is dropped (rules.md P6). Null where the group is empty.
with

figures as (

    select * from {{ ref('figure') }}

),

-- A band within another one and a sum of others are left out.
parts as (

    select
        measure,
        dimensions - 'status' - 'varighed' - 'tilbud' - 'koen' - 'herkomst' - 'redskab' - 'placering' as whole,
        sum(value) as total
    from figures
    where
        measure in (
            'gender_share',
            'origin_share',
            'prior_duration_share',
            'prior_duration_all_courses_share',
            'prior_duration_dream_share',
            'total_duration_share',
            'status_7_months_share',
            'courses_running_7_months_share',
            'started_courses_share',
            'retention_mentor_share'
        )
        and coalesce(dimensions ->> 'gruppe', '') <> 'alle aktivitetsparate'
        and coalesce(dimensions ->> 'varighed', '') <> 'over 3 år'
        and coalesce(dimensions ->> 'status', '') <> 'I alt'
        and coalesce(dimensions ->> 'redskab', '') <> 'Total'
    group by measure, whole

    union all

    select
        measure,
        dimensions - 'leverandoer' as whole,
        sum(value) as total
    from figures
    where
        measure = 'courses_by_provider_share'
        and dimensions ->> 'leverandoer' <> 'Job- og beskæftigelsescentre'
    group by measure, whole

    union all

    select
        measure,
        dimensions - 'alder' as whole,
        sum(value) as total
    from figures
    where
        measure in ('citizens_first_course_share', 'age_share')
        and dimensions ->> 'alder' <> 'alle'
        and coalesce(dimensions ->> 'gruppe', '') <> 'alle aktivitetsparate'
    group by measure, whole

),

citizens as (

    select value as antal
    from figures
    where measure = 'citizens_in_study'

),

counts as (

    select
        measure,
        sum(value) as antal
    from figures
    where
        (measure = 'citizens_first_course' and dimensions ->> 'alder' <> 'alle')
        or (
            measure in ('prior_duration_count', 'total_duration_count')
            and dimensions ->> 'alder' = 'alle'
            and dimensions ->> 'varighed' <> 'over 3 år'
        )
        or (
            measure = 'status_7_months'
            and dimensions ->> 'alder' = 'alle'
            and dimensions ->> 'status' <> 'I alt'
        )
    group by measure

)

select measure
from parts
where round(total, 6) <> 100

union all

select counts.measure
from counts
cross join citizens
where counts.antal <> citizens.antal
