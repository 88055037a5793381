with

status as (

    select * from {{ ref('int_udfald__status') }}
    where regnet_fra = 'start'

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

studiets_borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

visitation as (

    select * from {{ ref('int_visitation__perioder') }}

),

tilstande as (

    select * from {{ ref('int_udfald__tilstande') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}

),

registret as (

    select min(fra_dato) as fra_dato
    from daekning
    where serie = 'ydelse'

),

-- Of the four weeks that end with the reading week: how many in a job, and of how many nothing is known.
fire_uger as (

    select
        status.forloeb_key,
        status.maaneder,
        coalesce(sum((
            least(tilstande.til_dato, status.laese_mandag + 7)
            - greatest(tilstande.fra_dato, status.laese_mandag - 21)
        ) / 7) filter (where tilstande.status_code = 'beskaeftigelse'), 0) as i_job,
        coalesce(sum((
            least(tilstande.til_dato, status.laese_mandag + 7)
            - greatest(tilstande.fra_dato, status.laese_mandag - 21)
        ) / 7) filter (where tilstande.status_code = 'ikke_opfulgt'), 0)
        + greatest(0, min(registret.fra_dato) - (status.laese_mandag - 21)) / 7 as ukendt
    from status
    cross join registret
    inner join tilstande
        on
            status.person_key = tilstande.person_key
            and tilstande.fra_dato < status.laese_mandag + 7
            and tilstande.til_dato > status.laese_mandag - 21
    where status.status_code = 'beskaeftigelse'
    group by status.forloeb_key, status.maaneder, status.laese_mandag

),

judged as (

    select
        status.forloeb_key,
        status.maaneder,
        status.laese_dato,
        status.laese_mandag,
        status.status_code,
        status.understatus_code,
        status.ydelse_code,
        -- rules.md R10: better than aktivitetsparat, and still on benefit
        status.status_code = 'fortsat'
        and coalesce(ved_start.visitationskategori_code = 'aktivitetsparat', false)
        and coalesce(
            ved_laesning.visitationskategori_code in ('jobparat', 'uddannelsesparat', 'aabenlyst_uddannelsesparat'),
            false
        ) as er_opmatchet,
        case
            when status.status_code = 'ikke_opfulgt' then null
            when status.status_code != 'beskaeftigelse' then false
            when fire_uger.i_job = 4 then true
            when fire_uger.i_job + fire_uger.ukendt = 4 then null
            else false
        end as er_job_efter_star
    from status
    inner join forloeb on status.forloeb_key = forloeb.forloeb_key
    left join fire_uger
        on
            status.forloeb_key = fire_uger.forloeb_key
            and status.maaneder = fire_uger.maaneder
    left join visitation as ved_start
        on
            status.person_key = ved_start.person_key
            and forloeb.start_dato >= ved_start.fra_dato
            and (ved_start.til_dato is null or forloeb.start_dato < ved_start.til_dato)
    left join visitation as ved_laesning
        on
            status.person_key = ved_laesning.person_key
            and status.laese_dato >= ved_laesning.fra_dato
            and (ved_laesning.til_dato is null or status.laese_dato < ved_laesning.til_dato)

)

select
    {{ surrogate_key(['judged.forloeb_key', 'judged.maaneder']) }} as udfald_key,
    judged.forloeb_key,
    forloeb.kilde,
    forloeb.person_key,
    forloeb.borger_key,
    judged.maaneder as horisont_maaneder,
    forloeb.start_dato,
    judged.laese_dato,
    {{ iso_uge_key('judged.laese_mandag') }} as laese_uge,
    judged.status_code,
    case when judged.er_opmatchet then 'opmatchet' else judged.understatus_code end as understatus_code,
    judged.ydelse_code,
    judged.er_opmatchet,
    judged.er_job_efter_star,
    forloeb.er_foerste_forloeb,
    studiets_borgere.forloeb_key is not null as er_studiets_foerste,
    forloeb.mentortype_code,
    forloeb.kommune_code,
    forloeb.alder_ved_start,
    {{ aldersgruppe_30('forloeb.alder_ved_start') }} as aldersgruppe_30
from judged
inner join forloeb on judged.forloeb_key = forloeb.forloeb_key
left join studiets_borgere on judged.forloeb_key = studiets_borgere.forloeb_key
