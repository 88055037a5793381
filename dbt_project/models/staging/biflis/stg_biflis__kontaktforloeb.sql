with

source as (

    select * from {{ source('biflis', 'kontaktforloeb') }}

),

renamed as (

    select
        source.kontaktforloeb_id as kilde_kontaktforloeb_id,
        {{ person_key_of('source.person_key') }} as person_key,
        source.ydelse as kontaktydelse_code,
        source.start_dato,
        source.slut_dato
    from source
    where source.delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_kontaktforloeb_id,
    person_key,
    kontaktydelse_code,
    start_dato,
    slut_dato
from renamed
