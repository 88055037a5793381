with

source as (

    select * from {{ source('webreg', 'tilknytninger') }}

),

renamed as (

    select
        forloeb_id as kilde_forloeb_id,
        virksomhed_id as kilde_virksomhed_id,
        start_dato,
        slut_dato,
        art as art_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_forloeb_id,
    kilde_virksomhed_id,
    start_dato,
    slut_dato,
    art_code
from renamed
