with

computed as (

    select * from {{ ref('int_figures__computed') }}

)

select
    measure,
    dimensions,
    cast(taeller as numeric(38, 18)) as taeller,
    cast(naevner as numeric(38, 18)) as naevner,
    grundlag - 'borgere' as grundlag,
    naevner_grundlag - 'borgere' as naevner_grundlag,
    cast(grundlag ->> 'borgere' as integer) as antal_borgere,
    cast(naevner_grundlag ->> 'borgere' as integer) as naevner_antal_borgere,
    model_navn,
    kilder
from computed
