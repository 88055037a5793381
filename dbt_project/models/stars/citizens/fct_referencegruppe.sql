with

referencegruppe as (

    select * from {{ ref('stg_biflis__referencegruppe') }}

)

select
    gruppe,
    fordeling_code,
    kategori,
    dato,
    cast(andel_pct as numeric(9, 6)) as andel_pct
from referencegruppe
