-- Missing values are members (rules.md P6), so every breakdown adds up to its total.
with

figures as (

    select * from {{ ref('figure') }}

),

totals as (

    select
        'citizens' as population,
        sum(value) as total
    from figures
    where measure = 'citizens_participated' and dimensions ->> 'jobcenter' = 'alle'

    union all

    select
        'companies' as population,
        sum(value) as total
    from figures
    where measure = 'companies_registered'

),

breakdowns as (

    select
        measure,
        case when measure like 'companies%' then 'companies' else 'citizens' end as population,
        sum(value) as total
    from figures
    where
        measure in (
            'citizens_by_gender',
            'citizens_by_age',
            'citizens_by_education',
            'citizens_by_income',
            'companies_by_type',
            'companies_prior_experience',
            'citizens_ended',
            'citizens_active_at_extract'
        )
        or (measure = 'citizens_participated' and dimensions ->> 'jobcenter' <> 'alle')
    group by measure

),

-- Ended and active are two halves of one breakdown.
joined_breakdowns as (

    select
        case
            when measure in ('citizens_ended', 'citizens_active_at_extract') then 'ended and active'
            else measure
        end as breakdown,
        population,
        sum(total) as total
    from breakdowns
    group by breakdown, population

)

select joined_breakdowns.breakdown
from joined_breakdowns
inner join totals on joined_breakdowns.population = totals.population
where joined_breakdowns.total <> totals.total
