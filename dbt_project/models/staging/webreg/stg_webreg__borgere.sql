with

source as (

    select * from {{ source('webreg', 'borgere') }}

),

renamed as (

    select
        source.borger_id as kilde_borger_id,
        {{ person_key_of('source.person_key') }} as person_key,
        coalesce(source.koen, 'uoplyst') as koen_code,
        source.alder,
        coalesce(source.uddannelse, 'uoplyst') as uddannelse_code,
        source.person_foedselsdato as foedselsdato
    from source
    where source.delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_borger_id,
    person_key,
    koen_code,
    alder,
    uddannelse_code,
    foedselsdato
from renamed
