with

parallelle_indsatser as (

    select * from {{ ref('stg_webreg__parallelle_indsatser') }}

)

select
    {{ surrogate_key(["'webreg'", 'kilde_forloeb_id']) }} as forloeb_key,
    parallel_indsats_code
from parallelle_indsatser
