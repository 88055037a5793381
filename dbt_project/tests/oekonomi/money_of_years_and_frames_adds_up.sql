-- Budgets and frames are kept by year; what stands beside them is all of that year's refusion and no more.
with

refusion as (

    select
        aar,
        sum(beloeb_dkk) as beloeb_dkk,
        sum(refusion_foer_ramme_dkk) filter (where ramme_code is not null) as inden_for_rammer_dkk
    from {{ ref('fct_refusion') }}
    group by aar

),

budget_forbrug as (

    select
        aar,
        sum(forbrug_dkk) as forbrug_dkk
    from {{ ref('stock_budget_forbrug') }}
    group by aar

),

rammer as (

    select
        aar,
        sum(refusion_foer_ramme_dkk) as refusion_dkk
    from {{ ref('stock_refusionsramme') }}
    group by aar

)

select refusion.aar
from refusion
left join budget_forbrug on refusion.aar = budget_forbrug.aar
left join rammer on refusion.aar = rammer.aar
where
    refusion.beloeb_dkk is distinct from budget_forbrug.forbrug_dkk
    or coalesce(refusion.inden_for_rammer_dkk, 0) <> coalesce(rammer.refusion_dkk, 0)
