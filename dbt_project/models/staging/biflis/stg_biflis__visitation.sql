with

source as (

    select * from {{ source('biflis', 'visitation') }}

),

renamed as (

    select
        {{ person_key_of('source.person_key') }} as person_key,
        source.person_key as kilde_person_key,
        source.visitationskategori as visitationskategori_code,
        source.fra_dato,
        source.til_dato + 1 as til_dato
    from source
    where source.delivery_id = {{ effective_delivery('biflis') }}

)

select
    person_key,
    kilde_person_key,
    visitationskategori_code,
    fra_dato,
    til_dato
from renamed
