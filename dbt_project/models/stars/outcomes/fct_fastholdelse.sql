with

status as (

    select * from {{ ref('int_udfald__status') }}
    where regnet_fra = 'slut'

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

studiets_borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

at_the_end as (

    select
        forloeb_key,
        status_code,
        case
            when status_code != 'ikke_opfulgt' then status_code in ('beskaeftigelse', 'uddannelse')
        end as havde_job_eller_uddannelse
    from status
    where maaneder = 0

),

afterwards as (

    select * from status
    where maaneder > 0

)

select
    {{ surrogate_key(["'slut'", 'afterwards.forloeb_key', 'afterwards.maaneder']) }} as fastholdelse_key,
    afterwards.forloeb_key,
    forloeb.kilde,
    forloeb.person_key,
    versioner.borger_key,
    afterwards.maaneder as horisont_maaneder,
    forloeb.slut_dato,
    afterwards.laese_dato,
    {{ iso_uge_key('afterwards.laese_mandag') }} as laese_uge,
    at_the_end.status_code as status_ved_slut_code,
    afterwards.status_code,
    afterwards.understatus_code,
    at_the_end.havde_job_eller_uddannelse,
    case
        when not at_the_end.havde_job_eller_uddannelse then 'intet_at_fastholde'
        when at_the_end.havde_job_eller_uddannelse is null or afterwards.status_code = 'ikke_opfulgt'
            then 'ikke_opfulgt'
        when afterwards.status_code in ('beskaeftigelse', 'uddannelse') then 'fastholdt'
        else 'ikke_fastholdt'
    end as fastholdelse,
    forloeb.er_foerste_forloeb,
    studiets_borgere.forloeb_key is not null as er_studiets_foerste,
    forloeb.mentortype_code,
    -- rules.md R24: the citizen's kommune on the day of the end, or that of the jobcenter
    case
        when forloeb.kilde = 'biflis' then coalesce(versioner.kommune_code, 'uoplyst') else forloeb.kommune_code
    end as kommune_code
from afterwards
inner join at_the_end on afterwards.forloeb_key = at_the_end.forloeb_key
inner join forloeb on afterwards.forloeb_key = forloeb.forloeb_key
left join studiets_borgere on afterwards.forloeb_key = studiets_borgere.forloeb_key
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'forloeb.slut_dato') }}
