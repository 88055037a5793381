with

forloeb as (

    select * from {{ ref('int_mentorforloeb__biflis') }}
    where mentortype_code = 'helhedsorienteret'

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

-- Earliest start in the period, ties by lowest id (rules.md R22, R24); what began before it does not matter.
numbered as (

    select
        forloeb.person_key,
        forloeb.forloeb_key,
        forloeb.kilde_forloeb_id,
        forloeb.start_dato,
        forloeb.alder_ved_start,
        forloeb.visitationskategori_code,
        row_number() over (
            partition by forloeb.person_key
            order by forloeb.start_dato, cast(forloeb.kilde_forloeb_id as numeric)
        ) as nummer
    from forloeb
    inner join perioder on forloeb.start_dato between perioder.fra_dato and perioder.til_dato

)

select
    person_key,
    forloeb_key,
    kilde_forloeb_id,
    start_dato,
    alder_ved_start,
    {{ aldersgruppe_30('alder_ved_start') }} as aldersgruppe_30,
    visitationskategori_code
from numbered
where nummer = 1
