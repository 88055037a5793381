with

source as (

    select * from {{ source('webreg', 'begivenheder') }}

),

renamed as (

    select
        begivenhed_id as kilde_begivenhed_id,
        forloeb_id as kilde_forloeb_id,
        start_dato,
        slut_dato,
        begivenhed as begivenhed_code,
        virksomhed_id as kilde_virksomhed_id
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_begivenhed_id,
    kilde_forloeb_id,
    start_dato,
    slut_dato,
    begivenhed_code,
    kilde_virksomhed_id
from renamed
