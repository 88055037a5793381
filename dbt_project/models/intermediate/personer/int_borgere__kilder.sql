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

with_neighbours as (

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
        deliveries_in_order.naeste_covers_dato,
        lag(deliveries_in_order.naeste_covers_dato) over person_history as former_naeste_covers_dato,
        lag(historik.koen_code) over person_history as former_koen_code,
        lag(historik.foedselsdato) over person_history as former_foedselsdato,
        lag(historik.herkomst_code) over person_history as former_herkomst_code,
        lag(historik.civilstand_code) over person_history as former_civilstand_code,
        lag(historik.kommune_code) over person_history as former_kommune_code,
        lag(historik.uddannelse_code) over person_history as former_uddannelse_code,
        lag(historik.er_erstatningsnummer) over person_history as former_er_erstatningsnummer,
        lag(historik.covers_dato) over person_history is null as er_foerste,
        coalesce(
            lag(deliveries_in_order.levering_nummer) over person_history <> deliveries_in_order.levering_nummer - 1,
            false
        ) as var_borte_foer,
        lead(historik.covers_dato) over person_history is null
        and deliveries_in_order.naeste_covers_dato is not null as er_borte_siden
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

with_changes as (

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
        former_naeste_covers_dato,
        former_koen_code,
        former_foedselsdato,
        former_herkomst_code,
        former_civilstand_code,
        former_kommune_code,
        former_uddannelse_code,
        former_er_erstatningsnummer,
        er_foerste,
        var_borte_foer,
        er_borte_siden,
        er_foerste
        or var_borte_foer
        or (former_koen_code is distinct from koen_code)
        or (former_foedselsdato is distinct from foedselsdato)
        or (former_herkomst_code is distinct from herkomst_code)
        or (former_civilstand_code is distinct from civilstand_code)
        or (former_kommune_code is distinct from kommune_code)
        or (former_uddannelse_code is distinct from uddannelse_code)
        or (former_er_erstatningsnummer is distinct from er_erstatningsnummer) as er_aendret
    from with_neighbours

),

-- Most rows say what the delivery before said.
turning_points as (

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
        former_naeste_covers_dato,
        former_koen_code,
        former_foedselsdato,
        former_herkomst_code,
        former_civilstand_code,
        former_kommune_code,
        former_uddannelse_code,
        former_er_erstatningsnummer,
        er_foerste,
        var_borte_foer,
        er_borte_siden,
        er_aendret
    from with_changes
    where er_aendret or er_borte_siden

)

-- A state begins when a value changes, or when the person is back after a delivery without her. What the first delivery
-- with her says holds for the time before it too.
select
    kilde,
    person_key,
    case when er_foerste then date '1900-01-01' else covers_dato end as fra_dato,
    true as er_i_levering,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer
from turning_points
where er_aendret

union all

-- A delivery without her: the source's last word stays, marked as no longer said.
select
    kilde,
    person_key,
    former_naeste_covers_dato as fra_dato,
    false as er_i_levering,
    former_koen_code as koen_code,
    former_foedselsdato as foedselsdato,
    former_herkomst_code as herkomst_code,
    former_civilstand_code as civilstand_code,
    former_kommune_code as kommune_code,
    former_uddannelse_code as uddannelse_code,
    former_er_erstatningsnummer as er_erstatningsnummer
from turning_points
where var_borte_foer

union all

select
    kilde,
    person_key,
    naeste_covers_dato as fra_dato,
    false as er_i_levering,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer
from turning_points
where er_borte_siden
