with

historik as (

    select * from {{ ref('int_borgere__historik') }}

),

known_deliveries as (

    select * from {{ ref('int_deliveries__known') }}

),

deliveries_in_order as (

    select
        source as kilde,
        covers_dato,
        row_number() over (partition by source order by covers_dato) as levering_nummer,
        lead(covers_dato) over (partition by source order by covers_dato) as naeste_covers_dato
    from known_deliveries

),

with_former as (

    select
        historik.kilde,
        historik.person_key,
        historik.covers_dato,
        historik.koen_code,
        historik.foedselsdato,
        historik.herkomst_code,
        historik.civilstand_code,
        historik.kommune_code,
        historik.uddannelse_code,
        historik.er_erstatningsnummer,
        deliveries_in_order.levering_nummer,
        deliveries_in_order.naeste_covers_dato,
        lag(deliveries_in_order.levering_nummer) over person_history as former_levering_nummer,
        lag(historik.koen_code) over person_history as former_koen_code,
        lag(historik.foedselsdato) over person_history as former_foedselsdato,
        lag(historik.herkomst_code) over person_history as former_herkomst_code,
        lag(historik.civilstand_code) over person_history as former_civilstand_code,
        lag(historik.kommune_code) over person_history as former_kommune_code,
        lag(historik.uddannelse_code) over person_history as former_uddannelse_code,
        lag(historik.er_erstatningsnummer) over person_history as former_er_erstatningsnummer
    from historik
    inner join deliveries_in_order
        on
            historik.kilde = deliveries_in_order.kilde
            and historik.covers_dato = deliveries_in_order.covers_dato
    window
        person_history as (
            partition by historik.person_key, historik.kilde
            order by historik.covers_dato
        )

),

-- A state begins when a value changes, or when the person is back after a delivery without her.
numbered as (

    select
        kilde,
        person_key,
        covers_dato,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer,
        naeste_covers_dato,
        count(*) filter (
            where
            former_levering_nummer is null
            or former_levering_nummer <> levering_nummer - 1
            or former_koen_code is distinct from koen_code
            or former_foedselsdato is distinct from foedselsdato
            or former_herkomst_code is distinct from herkomst_code
            or former_civilstand_code is distinct from civilstand_code
            or former_kommune_code is distinct from kommune_code
            or former_uddannelse_code is distinct from uddannelse_code
            or former_er_erstatningsnummer is distinct from er_erstatningsnummer
        ) over (
            partition by person_key, kilde
            order by covers_dato
        ) as tilstand_nummer
    from with_former

),

states as (

    select
        kilde,
        person_key,
        tilstand_nummer,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer,
        -- What the first delivery with her says holds for the time before it too.
        case
            when tilstand_nummer = 1 then date '1900-01-01'
            else min(covers_dato)
        end as fra_dato,
        -- The day of the first delivery without her or with other values; null when the last delivery has them.
        case
            when not bool_or(naeste_covers_dato is null) then max(naeste_covers_dato)
        end as til_dato
    from numbered
    group by
        kilde,
        person_key,
        tilstand_nummer,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer

),

with_next as (

    select
        kilde,
        person_key,
        fra_dato,
        til_dato,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer,
        lead(fra_dato) over (
            partition by person_key, kilde
            order by fra_dato
        ) as naeste_fra_dato
    from states

)

select
    kilde,
    person_key,
    fra_dato,
    true as er_i_levering,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer
from with_next

union all

-- A delivery without her: the source's last word stays, marked as no longer said.
select
    kilde,
    person_key,
    til_dato as fra_dato,
    false as er_i_levering,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer
from with_next
where
    til_dato is not null
    and til_dato is distinct from naeste_fra_dato
