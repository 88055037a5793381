with

jobcentre as (

    select * from {{ ref('dim_jobcenter') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'webreg'

),

-- A place is taken from the first day to the last, both included, and free again after it (rules.md C9).
counted as (

    select
        jobcentre.jobcenter_key,
        maaneder.maaned,
        maaneder.opgoerelse_dato,
        jobcentre.pladser,
        count(distinct forloeb.person_key) as antal_borgere
    from jobcentre
    cross join maaneder
    left join forloeb
        on
            jobcentre.jobcenter_key = forloeb.jobcenter_key
            and maaneder.opgoerelse_dato >= forloeb.start_dato
            and (forloeb.slut_dato is null or maaneder.opgoerelse_dato <= forloeb.slut_dato)
    group by jobcentre.jobcenter_key, maaneder.maaned, maaneder.opgoerelse_dato, jobcentre.pladser

)

select
    jobcenter_key,
    maaned,
    opgoerelse_dato,
    cast(antal_borgere as integer) as antal_borgere,
    pladser,
    cast(antal_borgere * 100.0 / nullif(pladser, 0) as numeric(18, 10)) as belaegning_pct
from counted
