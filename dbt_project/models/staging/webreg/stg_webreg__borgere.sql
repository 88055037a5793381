with

source as (

    select * from {{ source('webreg', 'borgere') }}

),

renamed as (

    select
        borger_id as kilde_borger_id,
        {{ person_key_of('source.person_key') }} as person_key,
        coalesce(koen, 'uoplyst') as koen_code,
        alder,
        coalesce(uddannelse, 'uoplyst') as uddannelse_code,
        person_foedselsdato as foedselsdato
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_borger_id,
    person_key,
    koen_code,
    alder,
    uddannelse_code,
    foedselsdato
from renamed
