with

source as (

    select * from {{ source('biflis', 'referencegruppe') }}

),

renamed as (

    select
        gruppe,
        fordeling as fordeling_code,
        kategori,
        andel_pct,
        dato
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    gruppe,
    fordeling_code,
    kategori,
    andel_pct,
    dato
from renamed
