with

source as (

    select * from {{ source('biflis', 'tilbud') }}

),

renamed as (

    select
        source.tilbud_id as kilde_tilbud_id,
        {{ person_key_of('source.person_key') }} as person_key,
        source.tilbudstype as tilbudstype_code,
        source.start_dato,
        source.planlagt_slut as planlagt_slut_dato,
        source.slut_dato,
        source.sted
    from source
    where source.delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_tilbud_id,
    person_key,
    tilbudstype_code,
    start_dato,
    planlagt_slut_dato,
    slut_dato,
    sted
from renamed
