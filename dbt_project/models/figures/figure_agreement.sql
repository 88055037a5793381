with

published as (

    select * from {{ ref('figure_published') }}

)

select
    document,
    kildedokument,
    bool_or(loaded) as loaded,
    count(*) filter (where loaded and defined and reproduce in ('exact', 'tolerance')) as targets,
    count(*) filter (where agrees and reproduce in ('exact', 'tolerance')) as agreeing
from published
group by document, kildedokument
