with

source as (

    select * from {{ source('dream', 'forsoergelse') }}

),

kendte as (

    select * from {{ ref('int_personer__kendte') }}

),

renamed as (

    select
        {{ person_key_of('source.person_key') }} as person_key,
        source.person_key as kilde_person_key,
        lpad(cast(source.code as text), 3, '0') as ydelse_code,
        source.fra_dato,
        source.til_dato
    from source
    where
        source.delivery_id = {{ effective_delivery('dream') }}
        and {{ dream_person_is_in_purpose('source.person_key', 'kendte') }}

)

select
    person_key,
    kilde_person_key,
    ydelse_code,
    fra_dato,
    til_dato
from renamed
