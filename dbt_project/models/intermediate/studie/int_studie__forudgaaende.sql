with

forloeb as (

    select * from {{ ref('int_mentorforloeb__biflis') }}
    where mentortype_code = 'helhedsorienteret'

),

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

kontaktforloeb as (

    select * from {{ ref('fct_kontaktforloeb') }}
    where kontaktydelse_code in ('kontanthjaelp', 'uddannelseshjaelp')

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

-- The length that runs on the first day of the forløb, whatever the visitationskategori (rules.md section 3).
lengths as (

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        forloeb.start_dato,
        forloeb.alder_ved_start,
        min(kontaktforloeb.samlet_start_dato) as ydelse_fra_dato
    from forloeb
    inner join perioder on forloeb.start_dato between perioder.fra_dato and perioder.til_dato
    left join kontaktforloeb
        on
            forloeb.person_key = kontaktforloeb.person_key
            and forloeb.start_dato >= kontaktforloeb.samlet_start_dato
            and (kontaktforloeb.samlet_slut_dato is null or forloeb.start_dato <= kontaktforloeb.samlet_slut_dato)
    group by forloeb.forloeb_key, forloeb.person_key, forloeb.start_dato, forloeb.alder_ved_start

)

select
    lengths.forloeb_key,
    lengths.person_key,
    lengths.start_dato,
    borgere.forloeb_key is not null as er_studiets_foerste,
    {{ aldersgruppe_30('lengths.alder_ved_start') }} as aldersgruppe_30,
    lengths.ydelse_fra_dato,
    {{ prior_duration_band('lengths.ydelse_fra_dato', 'lengths.start_dato') }} as varighed
from lengths
left join borgere on lengths.forloeb_key = borgere.forloeb_key
