with

source as (

    select * from {{ source('webreg', 'jobcentre') }}

),

renamed as (

    select
        jobcenter_id as kilde_jobcenter_id,
        navn,
        kommunekode as kommune_code,
        organisering as organisering_code,
        pladser
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_jobcenter_id,
    navn,
    kommune_code,
    organisering_code,
    pladser
from renamed
