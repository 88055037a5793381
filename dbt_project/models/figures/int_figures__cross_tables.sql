with

cells as (

    select * from {{ ref('fct_krydstraek') }}

)

select
    'krydstraek_' || cells.krydstraek as measure,
    jsonb_build_object(
        cells.raekke_dimension, cells.raekke,
        cells.kolonne_dimension, cells.kolonne,
        'optaelling', counts.optaelling
    ) as dimensions,
    cast(counts.antal as numeric) as figure_value,
    counts.optaelling as unit
from cells
cross join lateral (
    values
    ('registreringer', cells.registreringer),
    ('borgere', cells.borgere)
) as counts (optaelling, antal)
