with

source as (

    select * from {{ source('dream', 'beskaeftigelse') }}

),

kendte as (

    select * from {{ ref('int_personer__kendte') }}

),

renamed as (

    select
        {{ person_key_of('source.person_key') }} as person_key,
        source.person_key as kilde_person_key,
        lpad(cast(source.branche as text), 6, '0') as branche,
        cast(source.grad_milliontedele / 1000000.0 as numeric(9, 6)) as grad,
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
    branche,
    grad,
    fra_dato,
    til_dato
from renamed
