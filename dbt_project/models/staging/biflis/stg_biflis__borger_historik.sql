with

source as (

    select * from {{ source('biflis', 'borger') }}

),

known_deliveries as (

    select * from {{ ref('int_deliveries__known') }}

),

renamed as (

    select
        known_deliveries.covers_dato,
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
    inner join known_deliveries on source.delivery_id = known_deliveries.delivery_id

)

select
    covers_dato,
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
