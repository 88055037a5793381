-- Registered forløb and periods of support count the same forløb (rules.md C5, R17).
with

forloeb as (

    select
        stoetteperiode_key,
        count(*) as antal_forloeb
    from {{ ref('fct_mentorforloeb') }}
    group by stoetteperiode_key

),

perioder as (

    select * from {{ ref('fct_stoetteperiode') }}

)

select perioder.stoetteperiode_key
from perioder
full join forloeb on perioder.stoetteperiode_key = forloeb.stoetteperiode_key
where perioder.antal_forloeb is distinct from forloeb.antal_forloeb
