with

tilknytninger as (

    select * from {{ ref('stg_webreg__tilknytninger') }}

)

select
    {{ surrogate_key(["'webreg'", 'kilde_forloeb_id']) }} as forloeb_key,
    {{ surrogate_key(["'webreg'", 'kilde_virksomhed_id']) }} as virksomhed_key,
    start_dato,
    slut_dato,
    art_code
from tilknytninger
