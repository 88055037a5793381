with

laesninger as (

    select * from {{ ref('int_udfald__laesninger') }}

),

dream_personer as (

    select * from {{ ref('stg_dream__person') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}

),

forsoergelse as (

    select * from {{ ref('fct_forsoergelse_spell') }}

),

beskaeftigelse as (

    select * from {{ ref('fct_beskaeftigelse_spell') }}

),

ydelse as (

    select * from {{ ref('dim_ydelse') }}

),

status as (

    select * from {{ ref('status') }}
    where ydelsesgruppe is not null

),

-- Null, both of them, while nothing of DREAM has come.
registret as (

    select
        min(fra_dato) as fra_dato,
        max(til_dato) as til_dato
    from daekning
    where serie = 'ydelse'

),

personer as (

    select distinct dream_personer.person_key
    from dream_personer
    where
        exists (
            select 1 from laesninger
            where laesninger.person_key = dream_personer.person_key
        )

),

ydelsesuger as (

    select
        forsoergelse.person_key,
        forsoergelse.ydelse_code,
        status.status_code,
        forsoergelse.fra_dato,
        forsoergelse.til_dato
    from forsoergelse
    inner join personer on forsoergelse.person_key = personer.person_key
    inner join ydelse on forsoergelse.ydelse_code = ydelse.kode
    inner join status on ydelse.gruppe4 = status.ydelsesgruppe

),

-- Where a run of empty weeks can begin: with the register, and after each benefit.
ends_of_benefit as (

    select
        personer.person_key,
        registret.fra_dato,
        registret.fra_dato as til_dato
    from personer
    cross join registret

    union all

    select
        person_key,
        fra_dato,
        til_dato
    from ydelsesuger

),

until_the_next as (

    select
        ends_of_benefit.person_key,
        ends_of_benefit.til_dato as fra_dato,
        lead(ends_of_benefit.fra_dato, 1, registret.til_dato) over (
            partition by ends_of_benefit.person_key
            order by ends_of_benefit.til_dato
        ) as til_dato
    from ends_of_benefit
    cross join registret

),

tomme_uger as (

    select
        person_key,
        fra_dato,
        til_dato
    from until_the_next
    where fra_dato < til_dato

),

-- Months in a job side by side are one run, whatever the job.
job_begins as (

    select
        beskaeftigelse.person_key,
        beskaeftigelse.fra_dato,
        beskaeftigelse.til_dato,
        coalesce(beskaeftigelse.fra_dato > lag(beskaeftigelse.til_dato) over (
            partition by beskaeftigelse.person_key
            order by beskaeftigelse.fra_dato
        ), true) as begynder
    from beskaeftigelse
    inner join personer on beskaeftigelse.person_key = personer.person_key
    where beskaeftigelse.er_i_job

),

job_numbered as (

    select
        person_key,
        fra_dato,
        til_dato,
        count(*) filter (where begynder) over (
            partition by person_key
            order by fra_dato
        ) as nummer
    from job_begins

),

-- A week belongs to the month of its Thursday: the first week of a month is the one whose Thursday is its first.
jobuger as (

    select
        person_key,
        cast(date_trunc('week', cast(min(fra_dato) + 3 as timestamp)) as date) as fra_dato,
        cast(date_trunc('week', cast(max(til_dato) + 3 as timestamp)) as date) as til_dato
    from job_numbered
    group by person_key, nummer

),

-- Months of the register that have neither a branche nor a grad column (rules.md R9), side by side as one run.
months_unknown as (

    select
        cast(maaned.foerste_dag as date) as foerste_dag,
        extract(year from maaned.foerste_dag) * 12 + extract(month from maaned.foerste_dag)
        - row_number() over (order by maaned.foerste_dag) as loeb
    from registret
    cross join
        lateral generate_series(
            date_trunc('month', cast(registret.fra_dato + 3 as timestamp)),
            cast(registret.til_dato - 4 as timestamp),
            interval '1 month'
        ) as maaned (foerste_dag)
    where
        not exists (
            select 1 from daekning
            where
                daekning.serie in ('branche', 'grad')
                and daekning.fra_dato < maaned.foerste_dag + interval '1 month'
                and daekning.til_dato > maaned.foerste_dag
        )

),

ukendte_uger as (

    select
        cast(date_trunc('week', cast(min(foerste_dag) + 3 as timestamp)) as date) as fra_dato,
        cast(date_trunc('week', max(foerste_dag) + interval '1 month 3 days') as date) as til_dato
    from months_unknown
    group by loeb

)

select
    person_key,
    status_code,
    ydelse_code,
    fra_dato,
    til_dato
from ydelsesuger

union all

select
    tomme_uger.person_key,
    'beskaeftigelse' as status_code,
    cast(null as text) as ydelse_code,
    greatest(tomme_uger.fra_dato, jobuger.fra_dato) as fra_dato,
    least(tomme_uger.til_dato, jobuger.til_dato) as til_dato
from tomme_uger
inner join jobuger
    on
        tomme_uger.person_key = jobuger.person_key
        and tomme_uger.fra_dato < jobuger.til_dato
        and tomme_uger.til_dato > jobuger.fra_dato

union all

select
    tomme_uger.person_key,
    'ikke_opfulgt' as status_code,
    cast(null as text) as ydelse_code,
    greatest(tomme_uger.fra_dato, ukendte_uger.fra_dato) as fra_dato,
    least(tomme_uger.til_dato, ukendte_uger.til_dato) as til_dato
from tomme_uger
inner join ukendte_uger
    on
        tomme_uger.fra_dato < ukendte_uger.til_dato
        and tomme_uger.til_dato > ukendte_uger.fra_dato
