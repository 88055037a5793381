with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

-- Persons with an ended forløb, whenever it ended; the published item counts the whole project (rules.md R1, R23).
completed as (

    select
        person_key,
        bool_or(er_succes) as har_succes,
        count(*) as antal_forloeb
    from forloeb
    where slut_dato is not null
    group by person_key

),

counted as (

    select
        cast(count(*) as numeric) as personer,
        cast(count(*) filter (where har_succes) as numeric) as med_succes,
        jsonb_build_object('fct_mentorforloeb', coalesce(sum(antal_forloeb), 0)) as grundlag
    from completed

)

select
    'citizens_completed' as measure,
    jsonb_build_object('project', 'sociale mentorer') as dimensions,
    personer as figure_value,
    'personer' as unit,
    personer as taeller,
    cast(null as numeric) as naevner,
    grundlag
from counted

union all

select
    'success_share' as measure,
    jsonb_build_object('project', 'sociale mentorer') as dimensions,
    trim_scale(med_succes / nullif(personer, 0)) as figure_value,
    'fraction' as unit,
    med_succes as taeller,
    personer as naevner,
    grundlag
from counted
