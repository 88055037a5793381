with

laesninger as (

    select * from {{ ref('int_udfald__laesninger') }}

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

doede as (

    select
        person_key,
        min(fra_dato) as fra_dato
    from tilstande
    where ydelse_code = '999'
    group by person_key

),

-- A week of the register that has no state is empty, and its month known and without a job (step 9).
read as (

    select
        laesninger.forloeb_key,
        laesninger.person_key,
        laesninger.regnet_fra,
        laesninger.maaneder,
        laesninger.laese_dato,
        laesninger.laese_mandag,
        tilstande.ydelse_code,
        coalesce(tilstande.status_code, 'selv') as ugens_status_code,
        coalesce(doede.fra_dato <= laesninger.laese_mandag, false) as er_doed,
        case
            when registret.til_dato is null then 'efter_registret'
            when personer.person_key is null then 'ikke_i_dream'
            when laesninger.laese_mandag >= registret.til_dato then 'efter_registret'
            when laesninger.laese_mandag < registret.fra_dato then 'foer_registret'
        end as ikke_naaet
    from laesninger
    cross join registret
    left join personer on laesninger.person_key = personer.person_key
    left join doede on laesninger.person_key = doede.person_key
    left join tilstande
        on
            laesninger.person_key = tilstande.person_key
            and laesninger.laese_mandag >= tilstande.fra_dato
            and laesninger.laese_mandag < tilstande.til_dato

)

-- The order of the steps matters only for 2 and 3: a week has one code, or none and a job or not.
select
    forloeb_key,
    person_key,
    regnet_fra,
    maaneder,
    laese_dato,
    laese_mandag,
    ydelse_code,
    case
        when ikke_naaet is not null then 'ikke_opfulgt'
        when er_doed then 'selv'
        else ugens_status_code
    end as status_code,
    case
        when ikke_naaet is not null then ikke_naaet
        when er_doed then 'doed'
        when ydelse_code = '997' then 'udvandret'
        when ugens_status_code = 'ikke_opfulgt' then 'beskaeftigelse_ukendt'
    end as understatus_code
from read
