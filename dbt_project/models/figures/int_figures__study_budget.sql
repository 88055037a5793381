with

budget as (

    select * from {{ ref('fct_budget') }}
    where ordning_code = 'helhedsorienteret'

),

published as (

    select * from {{ ref('int_figures__published') }}

),

-- The years that are loaded, and the printed ones.
budget_years as (

    select cast(aar as text) as aar
    from budget

    union distinct

    select dimensions ->> 'aar' as aar
    from published
    where measure in ('budget', 'budget_implementation')

),

counted as (

    select
        'budget' as measure,
        jsonb_build_object('aar', budget_years.aar, 'ordning', 'helhedsorienteret mentorstøtte') as dimensions,
        coalesce(budget.beloeb_mio, 0) as taeller,
        null as naevner,
        'mio. kr.' as unit,
        jsonb_build_object('fct_budget', num_nonnulls(budget.aar)) as grundlag,
        cast(null as jsonb) as naevner_grundlag
    from budget_years
    left join budget on budget_years.aar = cast(budget.aar as text)

    union all

    select
        'budget_implementation' as measure,
        jsonb_build_object('aar', budget_years.aar) as dimensions,
        coalesce(budget.implementering_mio, 0) as taeller,
        null as naevner,
        'mio. kr.' as unit,
        jsonb_build_object('fct_budget', num_nonnulls(budget.aar)) as grundlag,
        null as naevner_grundlag
    from budget_years
    left join budget on budget_years.aar = cast(budget.aar as text)

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner,
    grundlag,
    naevner_grundlag
from counted
