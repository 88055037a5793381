with

computed as (

    select * from {{ ref('int_figures__computed') }}

)

select
    measure,
    dimensions,
    cast(taeller as numeric(38, 18)) as taeller,
    cast(naevner as numeric(38, 18)) as naevner,
    grundlag,
    model_navn,
    kilder
from computed
