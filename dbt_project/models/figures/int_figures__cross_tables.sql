with

cells as (

    select
        *,
        case
            when krydstraek in ('baggrund_opgave', 'opgave_alder') then 'fct_opgave'
            when krydstraek = 'baggrund_begivenhed' then 'fct_begivenhed'
            when krydstraek = 'baggrund_parallel' then 'bridge_forloeb_parallel_indsats'
        end as registreret_i
    from {{ ref('fct_krydstraek') }}

)

select
    'krydstraek_' || cells.krydstraek as measure,
    jsonb_build_object(
        cells.raekke_dimension, cells.raekke,
        cells.kolonne_dimension, cells.kolonne,
        'optaelling', counts.optaelling
    ) as dimensions,
    cast(counts.antal as numeric) as figure_value,
    counts.optaelling as unit,
    cast(counts.antal as numeric) as taeller,
    cast(null as numeric) as naevner,
    jsonb_build_object(cells.registreret_i, cells.registreringer) as grundlag
from cells
cross join lateral (
    values
    ('registreringer', cells.registreringer),
    ('borgere', cells.borgere)
) as counts (optaelling, antal)
