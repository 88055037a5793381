with

source as (

    select * from {{ source('dream', 'person') }}

),

kendte as (

    select * from {{ ref('int_personer__kendte') }}

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
        coalesce(source.civilstand, 'uoplyst') as civilstand_code,
        coalesce(source.kommunekode, 'uoplyst') as kommune_code
    from source
    where
        source.delivery_id = {{ effective_delivery('dream') }}
        and {{ dream_person_is_in_purpose('source.person_key', 'kendte') }}

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
    civilstand_code,
    kommune_code
from renamed
