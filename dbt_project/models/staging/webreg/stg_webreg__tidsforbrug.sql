with

source as (

    select * from {{ source('webreg', 'tidsforbrug') }}

),

renamed as (

    select
        tid_id as kilde_tid_id,
        forloeb_id as kilde_forloeb_id,
        mentor_id as kilde_mentor_id,
        dato,
        start_tid,
        minutter,
        heraf_transport as transport_minutter,
        opgavetype as opgavetype_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_tid_id,
    kilde_forloeb_id,
    kilde_mentor_id,
    dato,
    start_tid,
    minutter,
    transport_minutter,
    opgavetype_code
from renamed
