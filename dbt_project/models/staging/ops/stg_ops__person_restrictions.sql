with

source as (

    select * from {{ source('ops', 'person_restriction') }}

),

-- In force now, whatever moment is built: what is given away today keeps to what is decided today.
in_force as (

    select
        source.restriction_id,
        {{ person_key_of('source.person_key') }} as person_key,
        source.kind as art
    from source
    where source.lifted_at is null

)

select
    restriction_id,
    person_key,
    art
from in_force
