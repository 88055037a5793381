with

source as (

    select * from {{ source('biflis', 'borger') }}

),

renamed as (

    select
        {{ person_key_of('source.person_key') }} as person_key,
        source.person_key as kilde_person_key,
        {{ number_order_of('source.person_key') }} as nummer_orden,
        source.koen as koen_code,
        source.foedselsdato,
        source.person_foedselsdato as cpr_foedselsdato,
        source.person_erstatning as er_erstatningsnummer,
        coalesce(source.herkomst, 'uoplyst') as herkomst_code,
        source.bopaelskommune as kommune_code
    from source
    where source.delivery_id = {{ effective_delivery('biflis') }}

)

select
    person_key,
    kilde_person_key,
    nummer_orden,
    koen_code,
    foedselsdato,
    cpr_foedselsdato,
    er_erstatningsnummer,
    herkomst_code,
    kommune_code
from renamed
