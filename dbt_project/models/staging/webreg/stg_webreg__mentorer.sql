with

source as (

    select * from {{ source('webreg', 'mentorer') }}

),

renamed as (

    select
        mentor_id as kilde_mentor_id,
        jobcenter_id as kilde_jobcenter_id,
        coalesce(fuldtid, 'uoplyst') as fuldtid_code,
        start_dato,
        slut_dato
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_mentor_id,
    kilde_jobcenter_id,
    fuldtid_code,
    start_dato,
    slut_dato
from renamed
