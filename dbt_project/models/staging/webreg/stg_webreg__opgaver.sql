with

source as (

    select * from {{ source('webreg', 'opgaver') }}

),

renamed as (

    select
        opgave_id as kilde_opgave_id,
        forloeb_id as kilde_forloeb_id,
        mentor_id as kilde_mentor_id,
        dato,
        opgave as opgave_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_opgave_id,
    kilde_forloeb_id,
    kilde_mentor_id,
    dato,
    opgave_code
from renamed
