with

source as (

    select * from {{ source('biflis', 'leverandoer') }}

),

renamed as (

    select
        leverandoer_id as kilde_leverandoer_id,
        navn,
        type as leverandoertype_code
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_leverandoer_id,
    navn,
    leverandoertype_code
from renamed
