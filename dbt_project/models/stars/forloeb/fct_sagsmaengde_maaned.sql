with

mentorer as (

    select * from {{ ref('dim_mentor') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'webreg'

),

counted as (

    select
        mentorer.mentor_key,
        maaneder.maaned,
        maaneder.opgoerelse_dato,
        mentorer.jobcenter_key,
        maaneder.opgoerelse_dato >= mentorer.start_dato
        and (mentorer.slut_dato is null or maaneder.opgoerelse_dato <= mentorer.slut_dato) as er_ansat,
        count(distinct forloeb.person_key) as antal_borgere
    from mentorer
    cross join maaneder
    left join forloeb
        on
            mentorer.mentor_key = forloeb.mentor_key
            and maaneder.opgoerelse_dato >= forloeb.start_dato
            and (forloeb.slut_dato is null or maaneder.opgoerelse_dato <= forloeb.slut_dato)
    group by
        mentorer.mentor_key, maaneder.maaned, maaneder.opgoerelse_dato, mentorer.jobcenter_key,
        mentorer.start_dato, mentorer.slut_dato

)

-- A mentor who has left and still has running forløb is shown; one with neither work nor citizens is not.
select
    mentor_key,
    maaned,
    opgoerelse_dato,
    jobcenter_key,
    er_ansat,
    cast(antal_borgere as integer) as antal_borgere
from counted
where er_ansat or antal_borgere > 0
