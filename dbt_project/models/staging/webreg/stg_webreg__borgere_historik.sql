with

source as (

    select * from {{ source('webreg', 'borgere') }}

),

known_deliveries as (

    select * from {{ ref('int_deliveries__known') }}

),

renamed as (

    select
        known_deliveries.covers_dato,
        source.borger_id as kilde_borger_id,
        {{ person_key_of('source.person_key') }} as person_key,
        {{ number_order_of('source.person_key') }} as nummer_orden,
        coalesce(source.koen, 'uoplyst') as koen_code,
        coalesce(source.uddannelse, 'uoplyst') as uddannelse_code,
        source.person_foedselsdato as foedselsdato,
        source.person_erstatning as er_erstatningsnummer
    from source
    inner join known_deliveries on source.delivery_id = known_deliveries.delivery_id

)

select
    covers_dato,
    kilde_borger_id,
    person_key,
    nummer_orden,
    koen_code,
    uddannelse_code,
    foedselsdato,
    er_erstatningsnummer
from renamed
