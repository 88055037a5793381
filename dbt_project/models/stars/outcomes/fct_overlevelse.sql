with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

studiets_borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

tilstande as (

    select * from {{ ref('int_udfald__tilstande') }}

),

dream_personer as (

    select * from {{ ref('stg_dream__person') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}

),

registret as (

    select
        min(fra_dato) as fra_dato,
        max(til_dato) as til_dato
    from daekning
    where serie = 'ydelse'

),

personer as (

    select distinct person_key
    from dream_personer

),

-- What ends the wait or the view of it. Whoever is dead before the start is so in its week too.
endings as (

    select
        person_key,
        case
            when ydelse_code is null and status_code = 'beskaeftigelse' then 'job'
            when status_code = 'uddannelse' then 'uddannelse'
            when ydelse_code = '997' then 'udvandret'
            when ydelse_code = '998' then 'folkepension'
            when ydelse_code = '999' then 'doed'
            when status_code = 'ikke_opfulgt' then 'beskaeftigelse_ukendt'
        end as hvad,
        fra_dato,
        case when ydelse_code = '999' then date 'infinity' else til_dato end as til_dato
    from tilstande
    where
        status_code in ('beskaeftigelse', 'uddannelse', 'ikke_opfulgt')
        or ydelse_code in ('997', '998', '999')

),

started as (

    select
        forloeb_key,
        kilde,
        person_key,
        borger_key,
        start_dato,
        er_foerste_forloeb,
        mentortype_code,
        kommune_code,
        alder_ved_start,
        cast(date_trunc('week', cast(start_dato as timestamp)) as date) as start_mandag
    from forloeb

),

first_ending as (

    select distinct on (started.forloeb_key)
        started.forloeb_key,
        endings.hvad,
        greatest(endings.fra_dato, started.start_mandag) as mandag
    from started
    inner join endings
        on
            started.person_key = endings.person_key
            and started.start_mandag < endings.til_dato
    order by
        started.forloeb_key asc,
        greatest(endings.fra_dato, started.start_mandag) asc,
        endings.hvad = 'doed' desc,
        endings.fra_dato desc

),

seen as (

    select
        started.forloeb_key,
        started.kilde,
        started.person_key,
        started.borger_key,
        started.start_dato,
        started.er_foerste_forloeb,
        started.mentortype_code,
        started.kommune_code,
        started.alder_ved_start,
        started.start_mandag,
        case
            when registret.til_dato is null then 'efter_registret'
            when personer.person_key is null then 'ikke_i_dream'
            when started.start_mandag >= registret.til_dato then 'efter_registret'
            when started.start_mandag < registret.fra_dato then 'foer_registret'
            when
                first_ending.hvad = 'beskaeftigelse_ukendt' and first_ending.mandag = started.start_mandag
                then 'beskaeftigelse_ukendt'
        end as ikke_set,
        coalesce(first_ending.hvad, 'registrets_slut') as hvad,
        -- The last week of which something is known is the one before the unknown one, or the register's last.
        case
            when first_ending.hvad is null then registret.til_dato - 7
            when first_ending.hvad = 'beskaeftigelse_ukendt' then first_ending.mandag - 7
            else first_ending.mandag
        end as mandag
    from started
    cross join registret
    left join personer on started.person_key = personer.person_key
    left join first_ending on started.forloeb_key = first_ending.forloeb_key

)

select
    seen.forloeb_key,
    seen.kilde,
    seen.person_key,
    seen.borger_key,
    seen.start_dato,
    {{ iso_uge_key('seen.start_mandag') }} as start_uge,
    case when seen.ikke_set is null then (seen.mandag - seen.start_mandag) / 7 end as uger,
    case
        when seen.ikke_set is not null then 'ikke_opfulgt'
        when seen.hvad in ('job', 'uddannelse') then seen.hvad
        else 'censureret'
    end as haendelse,
    case
        when seen.ikke_set is not null then seen.ikke_set
        when seen.hvad not in ('job', 'uddannelse') then seen.hvad
    end as aarsag,
    seen.er_foerste_forloeb,
    studiets_borgere.forloeb_key is not null as er_studiets_foerste,
    seen.mentortype_code,
    seen.kommune_code,
    seen.alder_ved_start,
    {{ aldersgruppe_30('seen.alder_ved_start') }} as aldersgruppe_30
from seen
left join studiets_borgere on seen.forloeb_key = studiets_borgere.forloeb_key
