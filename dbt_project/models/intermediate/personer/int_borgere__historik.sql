with

webreg_borgere as (

    select * from {{ ref('stg_webreg__borgere_historik') }}

),

biflis_borgere as (

    select * from {{ ref('stg_biflis__borger_historik') }}

),

dream_personer as (

    select * from {{ ref('stg_dream__person_historik') }}

),

rows_of_all_sources as (

    select
        'webreg' as kilde,
        covers_dato,
        person_key,
        nummer_orden,
        cast(kilde_borger_id as numeric) as kilde_nummer,
        koen_code,
        foedselsdato,
        'uoplyst' as herkomst_code,
        'uoplyst' as civilstand_code,
        'uoplyst' as kommune_code,
        uddannelse_code,
        er_erstatningsnummer
    from webreg_borgere

    union all

    select
        'biflis' as kilde,
        covers_dato,
        person_key,
        nummer_orden,
        0 as kilde_nummer,
        koen_code,
        foedselsdato,
        herkomst_code,
        'uoplyst' as civilstand_code,
        kommune_code,
        'uoplyst' as uddannelse_code,
        er_erstatningsnummer
    from biflis_borgere

    union all

    select
        'dream' as kilde,
        covers_dato,
        person_key,
        nummer_orden,
        0 as kilde_nummer,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        'uoplyst' as uddannelse_code,
        er_erstatningsnummer
    from dream_personer

)

-- A person may have several rows in a delivery: by her newest CPR number, then by the lowest borger_id (rules.md R24).
select distinct on (person_key, kilde, covers_dato)
    kilde,
    covers_dato,
    person_key,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer
from rows_of_all_sources
order by person_key asc, kilde asc, covers_dato asc, nummer_orden asc, kilde_nummer asc
