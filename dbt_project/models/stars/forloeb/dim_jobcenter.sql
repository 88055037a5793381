with

jobcentre as (

    select * from {{ ref('stg_webreg__jobcentre') }}

)

select
    {{ surrogate_key(["'webreg'", 'kilde_jobcenter_id']) }} as jobcenter_key,
    kilde_jobcenter_id,
    navn,
    kommune_code,
    organisering_code,
    pladser
from jobcentre
