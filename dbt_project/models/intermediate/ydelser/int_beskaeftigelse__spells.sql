with

beskaeftigelse as (

    select * from {{ ref('stg_dream__beskaeftigelse') }}

),

linked_numbers as (

    select * from {{ ref('int_personer__gaeldende') }}

),

-- As for benefits: in a month that two numbers of one person have, the newest number counts.
months as (

    select distinct on (beskaeftigelse.person_key, maaned.foerste_dag)
        beskaeftigelse.person_key,
        beskaeftigelse.branche,
        beskaeftigelse.grad,
        cast(maaned.foerste_dag as date) as foerste_dag
    from beskaeftigelse
    inner join linked_numbers on beskaeftigelse.kilde_person_key = linked_numbers.person_key
    cross join
        lateral generate_series(
            cast(beskaeftigelse.fra_dato as timestamp), beskaeftigelse.til_dato - interval '1 day', interval '1 month'
        ) as maaned (foerste_dag)
    order by beskaeftigelse.person_key asc, maaned.foerste_dag asc, linked_numbers.nummer_orden asc

),

in_runs as (

    select
        person_key,
        branche,
        grad,
        foerste_dag,
        extract(year from foerste_dag) * 12 + extract(month from foerste_dag) - row_number() over (
            partition by person_key, branche, grad
            order by foerste_dag
        ) as loeb
    from months

)

select
    beskaeftigelse.person_key,
    beskaeftigelse.branche,
    beskaeftigelse.grad,
    beskaeftigelse.fra_dato,
    beskaeftigelse.til_dato
from beskaeftigelse
where
    not exists (
        select 1 from linked_numbers
        where linked_numbers.person_key = beskaeftigelse.kilde_person_key
    )

union all

select
    person_key,
    branche,
    grad,
    min(foerste_dag) as fra_dato,
    cast(max(foerste_dag) + interval '1 month' as date) as til_dato
from in_runs
group by person_key, branche, grad, loeb
