with

source as (

    select * from {{ source('dream', 'daekning') }}

),

renamed as (

    select
        serie,
        fra_dato,
        til_dato
    from source
    where delivery_id = {{ effective_delivery('dream') }}

)

select
    serie,
    fra_dato,
    til_dato
from renamed
