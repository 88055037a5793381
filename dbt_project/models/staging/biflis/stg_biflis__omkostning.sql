with

source as (

    select * from {{ source('biflis', 'omkostning') }}

),

renamed as (

    select
        bilag_id as kilde_bilag_id,
        mentorforloeb_id as kilde_forloeb_id,
        periode,
        konto,
        beloeb_kr as beloeb_dkk
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_bilag_id,
    kilde_forloeb_id,
    periode,
    konto,
    beloeb_dkk
from renamed
