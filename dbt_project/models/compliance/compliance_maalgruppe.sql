with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}
    where mentortype_code = 'helhedsorienteret'

),

kategorier as (

    select * from {{ ref('visitationskategori') }}
    where kode = 'aktivitetsparat'

),

-- Earliest start, ties by lowest id (rules.md R24). Before there were categories nobody could have one.
numbered as (

    select
        forloeb.person_key,
        forloeb.forloeb_key,
        forloeb.kommune_code,
        forloeb.start_dato,
        forloeb.visitationskategori_code,
        row_number() over (
            partition by forloeb.person_key
            order by forloeb.start_dato, cast(forloeb.kilde_forloeb_id as numeric)
        ) as nummer
    from forloeb
    inner join kategorier on forloeb.start_dato >= kategorier.gyldig_fra

)

select
    person_key,
    forloeb_key,
    kommune_code,
    start_dato,
    visitationskategori_code,
    visitationskategori_code <> 'aktivitetsparat' as er_fund
from numbered
where nummer = 1
