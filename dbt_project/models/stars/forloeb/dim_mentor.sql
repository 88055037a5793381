with

mentorer as (

    select * from {{ ref('stg_webreg__mentorer') }}

)

select
    {{ surrogate_key(["'webreg'", 'kilde_mentor_id']) }} as mentor_key,
    kilde_mentor_id,
    {{ surrogate_key(["'webreg'", 'kilde_jobcenter_id']) }} as jobcenter_key,
    fuldtid_code,
    start_dato,
    slut_dato
from mentorer
