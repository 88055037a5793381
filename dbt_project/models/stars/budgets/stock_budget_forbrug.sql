with

budget as (

    select * from {{ ref('fct_budget') }}

),

refusion as (

    select * from {{ ref('fct_refusion') }}

),

used as (

    select
        aar,
        ordning_code,
        count(*) as antal_bilag,
        count(distinct forloeb_key) as antal_forloeb_med_bilag,
        sum(beloeb_dkk) as forbrug_dkk,
        sum(refusion_foer_ramme_dkk) as refusion_foer_ramme_dkk,
        sum(netto_foer_ramme_dkk) as netto_foer_ramme_dkk
    from refusion
    group by aar, ordning_code

)

select
    coalesce(budget.aar, used.aar) as aar,
    coalesce(budget.ordning_code, used.ordning_code) as ordning_code,
    budget.beloeb_dkk as budget_dkk,
    budget.implementering_dkk,
    cast(coalesce(used.forbrug_dkk, 0) as numeric(24, 6)) as forbrug_dkk,
    cast(budget.beloeb_dkk - coalesce(used.forbrug_dkk, 0) as numeric(24, 6)) as rest_dkk,
    cast(coalesce(used.refusion_foer_ramme_dkk, 0) as numeric(24, 10)) as refusion_foer_ramme_dkk,
    cast(coalesce(used.netto_foer_ramme_dkk, 0) as numeric(24, 10)) as netto_foer_ramme_dkk,
    cast(coalesce(used.antal_bilag, 0) as integer) as antal_bilag,
    cast(coalesce(used.antal_forloeb_med_bilag, 0) as integer) as antal_forloeb_med_bilag
from budget
full outer join used on budget.aar = used.aar and budget.ordning_code = used.ordning_code
