-- What stands beside a figure as counted is what its value was made from, and every counted figure has it.
with

figures as (

    select * from {{ ref('figure') }}

),

bases as (

    select * from {{ ref('figure_basis') }}

),

compared as (

    select
        figures.measure,
        figures.dimensions,
        figures.value,
        bases.model_navn,
        bases.taeller,
        case
            when bases.naevner is null then bases.taeller
            else case figures.unit when 'pct' then 100 else 1 end * bases.taeller / nullif(bases.naevner, 0)
        end as made
    from figures
    left join bases
        on
            figures.measure = bases.measure
            and figures.dimensions = bases.dimensions

)

select
    measure,
    dimensions
from compared
where
    model_navn is null
    -- Numbers that a document states are the only ones without a count.
    or (taeller is null and value is not null and model_navn not like '%references')
    -- Both are kept with 18 decimals, so a ratio of two that never end differs in the last ones.
    or (taeller is not null and round(value, 12) is distinct from round(made, 12))
