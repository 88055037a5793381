with

source as (

    select * from {{ source('webreg', 'virksomheder') }}

),

renamed as (

    select
        virksomhed_id as kilde_virksomhed_id,
        navn,
        coalesce(type, 'uoplyst') as virksomhedstype_code,
        coalesce(branche, 'uoplyst') as branche,
        coalesce(erfaring, 'uoplyst') as erfaring_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_virksomhed_id,
    navn,
    virksomhedstype_code,
    branche,
    erfaring_code
from renamed
