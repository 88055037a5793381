with

source as (

    select * from {{ source('biflis', 'budget') }}

),

renamed as (

    select
        aar,
        ordning as ordning_code,
        beloeb_mio,
        heraf_implementering_mio as implementering_mio
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    aar,
    ordning_code,
    beloeb_mio,
    implementering_mio
from renamed
