with

source as (

    select * from {{ source('biflis', 'mentorkontakt') }}

),

renamed as (

    select
        kontakt_id as kilde_kontakt_id,
        mentorforloeb_id as kilde_forloeb_id,
        dato,
        minutter
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_kontakt_id,
    kilde_forloeb_id,
    dato,
    minutter
from renamed
