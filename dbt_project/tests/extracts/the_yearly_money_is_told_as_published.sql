-- What the ministry is told of a year is stock_budget_forbrug, while nobody is kept out.
with

restricted as (

    select count(*) as persons
    from {{ ref('int_personer__udtraek') }}
    where not maa_udleveres or kommune_er_grov

),

told as (

    select
        periode,
        ordning,
        sum(beloeb_dkk) filter (where art = 'budget') as budget_dkk,
        coalesce(sum(beloeb_dkk) filter (where art = 'omkostning'), 0) as forbrug_dkk,
        coalesce(sum(refusion_dkk) filter (where art = 'omkostning'), 0) as refusion_dkk,
        count(*) filter (where art = 'omkostning') as antal_bilag
    from {{ ref('ext_ministeriet__oekonomi_v1') }}
    group by periode, ordning

),

published as (

    select
        cast(aar as text) as periode,
        ordning_code as ordning,
        budget_dkk,
        forbrug_dkk,
        refusion_foer_ramme_dkk as refusion_dkk,
        antal_bilag
    from {{ ref('stock_budget_forbrug') }}

)

select
    coalesce(told.periode, published.periode) as periode,
    coalesce(told.ordning, published.ordning) as ordning
from told
full outer join published on told.periode = published.periode and told.ordning = published.ordning
cross join restricted
where
    restricted.persons = 0
    and (
        told.budget_dkk is distinct from published.budget_dkk
        or told.forbrug_dkk is distinct from published.forbrug_dkk
        or told.refusion_dkk is distinct from published.refusion_dkk
        or told.antal_bilag is distinct from published.antal_bilag
    )
