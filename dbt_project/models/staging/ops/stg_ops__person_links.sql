with

source as (

    select * from {{ source('ops', 'person_link') }}

),

in_force as (

    select
        link_id,
        person_key as aeldre_person_key,
        same_as_person_key as nyere_person_key
    from source
    where
        decided_at <= {{ known_at() }}
        and (undone_at is null or undone_at > {{ known_at() }})

)

select
    link_id,
    aeldre_person_key,
    nyere_person_key
from in_force
