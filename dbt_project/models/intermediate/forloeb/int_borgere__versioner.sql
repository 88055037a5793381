with

borgere_historik as (

    select * from {{ ref('stg_webreg__borgere_historik') }}

),

known_deliveries as (

    select * from {{ ref('int_deliveries__known') }}
    where source = 'webreg'

),

deliveries_in_order as (

    select
        covers_dato,
        row_number() over (order by covers_dato) as levering_nummer,
        lead(covers_dato) over (order by covers_dato) as naeste_covers_dato
    from known_deliveries

),

-- One person may have several borger_id in a delivery: the lowest decides (rules.md R24).
one_row_per_person as (

    select distinct on (person_key, covers_dato)
        person_key,
        covers_dato,
        koen_code,
        uddannelse_code,
        foedselsdato
    from borgere_historik
    order by person_key asc, covers_dato asc, cast(kilde_borger_id as numeric) asc

),

with_former as (

    select
        one_row_per_person.person_key,
        one_row_per_person.covers_dato,
        one_row_per_person.koen_code,
        one_row_per_person.uddannelse_code,
        one_row_per_person.foedselsdato,
        deliveries_in_order.levering_nummer,
        deliveries_in_order.naeste_covers_dato,
        lag(deliveries_in_order.levering_nummer) over person_history as former_levering_nummer,
        lag(one_row_per_person.koen_code) over person_history as former_koen_code,
        lag(one_row_per_person.uddannelse_code) over person_history as former_uddannelse_code,
        lag(one_row_per_person.foedselsdato) over person_history as former_foedselsdato
    from one_row_per_person
    inner join deliveries_in_order on one_row_per_person.covers_dato = deliveries_in_order.covers_dato
    window
        person_history as (
            partition by one_row_per_person.person_key
            order by one_row_per_person.covers_dato
        )

),

-- A version begins when a value changes, or when the person is back after a delivery without her.
numbered as (

    select
        person_key,
        covers_dato,
        koen_code,
        uddannelse_code,
        foedselsdato,
        naeste_covers_dato,
        count(*) filter (
            where
            former_levering_nummer is null
            or former_levering_nummer <> levering_nummer - 1
            or former_koen_code <> koen_code
            or former_uddannelse_code <> uddannelse_code
            or former_foedselsdato is distinct from foedselsdato
        ) over (
            partition by person_key
            order by covers_dato
        ) as version_nummer
    from with_former

),

versions as (

    select
        person_key,
        version_nummer,
        koen_code,
        uddannelse_code,
        foedselsdato,
        case
            when version_nummer = 1 then date '1900-01-01'
            else min(covers_dato)
        end as gyldig_fra,
        -- Open when the last delivery still has her; else closed on the day of the first delivery without her
        -- or with other values.
        case
            when bool_or(naeste_covers_dato is null) then null
            else max(naeste_covers_dato)
        end as gyldig_til
    from numbered
    group by person_key, version_nummer, koen_code, uddannelse_code, foedselsdato

)

select
    {{ surrogate_key(['person_key', 'gyldig_fra']) }} as borger_key,
    person_key,
    gyldig_fra,
    gyldig_til,
    lead(gyldig_fra) over (
        partition by person_key
        order by gyldig_fra
    ) as naeste_gyldig_fra,
    koen_code,
    uddannelse_code,
    foedselsdato
from versions
