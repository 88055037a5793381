with

source as (

    select * from {{ source('webreg', 'parallelle_indsatser') }}

),

renamed as (

    select
        forloeb_id as kilde_forloeb_id,
        indsats as parallel_indsats_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_forloeb_id,
    parallel_indsats_code
from renamed
