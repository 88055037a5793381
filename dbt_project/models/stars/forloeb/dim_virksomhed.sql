with

virksomheder as (

    select * from {{ ref('stg_webreg__virksomheder') }}

)

select
    {{ surrogate_key(["'webreg'", 'kilde_virksomhed_id']) }} as virksomhed_key,
    kilde_virksomhed_id,
    navn,
    virksomhedstype_code,
    branche,
    erfaring_code
from virksomheder
