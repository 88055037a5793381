with

overlevelse as (

    select * from {{ ref('fct_overlevelse') }}
    where er_studiets_foerste and uger is not null

),

grouped as (

    select
        'alle' as aldersgruppe_30,
        uger,
        haendelse
    from overlevelse

    union all

    select
        aldersgruppe_30,
        uger,
        haendelse
    from overlevelse
    where aldersgruppe_30 != 'uoplyst'

),

counted as (

    select
        aldersgruppe_30,
        uger as uge,
        count(*) filter (where haendelse != 'censureret') as antal_haendelser,
        count(*) filter (where haendelse = 'censureret') as antal_censurerede
    from grouped
    group by aldersgruppe_30, uger

),

last_weeks as (

    select
        aldersgruppe_30,
        max(uge) as uge
    from counted
    group by aldersgruppe_30

),

-- Every week to the last one that is seen; whoever leaves in a week is at risk in it.
weeks as (

    select
        last_weeks.aldersgruppe_30,
        uge.nummer as uge,
        coalesce(counted.antal_haendelser, 0) as antal_haendelser,
        coalesce(counted.antal_censurerede, 0) as antal_censurerede,
        sum(counted.antal_haendelser + counted.antal_censurerede) over (
            partition by last_weeks.aldersgruppe_30
            order by uge.nummer desc
        ) as antal_under_risiko
    from last_weeks
    cross join lateral generate_series(0, last_weeks.uge) as uge (nummer)
    left join counted
        on
            last_weeks.aldersgruppe_30 = counted.aldersgruppe_30
            and uge.nummer = counted.uge

),

-- A product of shares is the exponential of a sum of logarithms, as long as somebody is left.
summed as (

    select
        aldersgruppe_30,
        uge,
        antal_under_risiko,
        antal_haendelser,
        antal_censurerede,
        bool_or(antal_haendelser = antal_under_risiko) over so_far as ingen_tilbage,
        sum(
            case
                when antal_haendelser < antal_under_risiko
                    then ln((antal_under_risiko - antal_haendelser) / antal_under_risiko)
                else 0
            end
        ) over so_far as log_andel,
        sum(
            case
                when antal_haendelser < antal_under_risiko
                    then antal_haendelser / (antal_under_risiko * (antal_under_risiko - antal_haendelser))
                else 0
            end
        ) over so_far as greenwood
    from weeks
    window so_far as (
        partition by aldersgruppe_30
        order by uge
    )

)

select
    aldersgruppe_30,
    uge,
    cast(antal_under_risiko as integer) as antal_under_risiko,
    cast(antal_haendelser as integer) as antal_haendelser,
    cast(antal_censurerede as integer) as antal_censurerede,
    cast(case when ingen_tilbage then 0 else exp(log_andel) end as numeric(13, 12)) as overlevelse,
    cast(case when not ingen_tilbage then exp(log_andel) * sqrt(greenwood) end as numeric(13, 12)) as standardfejl
from summed
