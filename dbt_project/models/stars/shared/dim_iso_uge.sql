with

datoer as (

    select * from {{ ref('dim_dato') }}

),

uger as (

    select distinct
        iso_uge_key,
        iso_aar,
        iso_uge,
        iso_uge_navn,
        dato - (ugedag - 1) as mandag
    from datoer

)

select
    iso_uge_key,
    iso_aar,
    iso_uge,
    iso_uge_navn,
    mandag,
    mandag + 6 as soendag,
    -- A week belongs to the year and month of its Thursday.
    cast(extract(year from mandag + 3) as integer) as torsdag_aar,
    cast(extract(month from mandag + 3) as integer) as torsdag_maaned
from uger
