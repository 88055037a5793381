-- Every number that is owed for the loaded sources and has a definition has a row in figure, so that "zero" and
-- "missing" stay apart.
with

published as (

    select * from {{ ref('figure_published') }}

),

figures as (

    select * from {{ ref('figure') }}

)

select published.id
from published
left join figures
    on
        published.measure = figures.measure
        and published.dimensions = figures.dimensions
where
    published.loaded
    and published.defined
    and published.published_numeric is not null
    and published.reproduce in ('exact', 'tolerance', 'reference')
    and figures.measure is null
