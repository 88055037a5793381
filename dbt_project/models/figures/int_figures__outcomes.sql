with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

-- Persons with an ended forløb, whenever it ended; the published item counts the whole project (rules.md R1, R23).
completed as (

    select
        person_key,
        bool_or(er_succes) as har_succes
    from forloeb
    where slut_dato is not null
    group by person_key

)

select
    'citizens_completed' as measure,
    jsonb_build_object('project', 'sociale mentorer') as dimensions,
    cast(count(*) as numeric) as figure_value,
    'personer' as unit
from completed

union all

select
    'success_share' as measure,
    jsonb_build_object('project', 'sociale mentorer') as dimensions,
    trim_scale(cast(count(*) filter (where har_succes) as numeric) / nullif(count(*), 0)) as figure_value,
    'fraction' as unit
from completed
