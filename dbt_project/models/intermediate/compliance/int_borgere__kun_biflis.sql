with

historik as (

    select * from {{ ref('stg_biflis__borger_historik') }}

),

-- Of several CPR numbers of one person the newest speaks.
by_delivery as (

    select distinct on (person_key, covers_dato)
        person_key,
        covers_dato,
        kommune_code,
        foedselsdato
    from historik
    order by person_key asc, covers_dato asc, nummer_orden asc

),

with_former as (

    select
        person_key,
        covers_dato,
        kommune_code,
        lag(kommune_code) over person_history as former_kommune_code,
        -- Nobody changes her day of birth: what was said last holds for all of her life.
        first_value(foedselsdato) over (
            partition by person_key
            order by covers_dato desc
        ) as foedselsdato
    from by_delivery
    window
        person_history as (
            partition by person_key
            order by covers_dato
        )

),

changes as (

    select
        person_key,
        kommune_code,
        foedselsdato,
        -- What the first delivery with her says holds for the time before it too.
        case when former_kommune_code is null then date '1900-01-01' else covers_dato end as gyldig_fra
    from with_former
    where former_kommune_code is distinct from kommune_code

)

select
    person_key,
    gyldig_fra,
    lead(gyldig_fra) over (
        partition by person_key
        order by gyldig_fra
    ) as naeste_gyldig_fra,
    kommune_code,
    foedselsdato
from changes
