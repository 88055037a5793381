-- Occupancy on the day the delivery covers stands in a monthly fact and as a figure: one rule, one number.
with

monthly as (

    select
        dim_jobcenter.navn as jobcenter,
        fct_belaegning_maaned.opgoerelse_dato,
        100 * cast(sum(fct_belaegning_maaned.antal_borgere) as numeric)
        / nullif(sum(fct_belaegning_maaned.pladser), 0) as belaegning
    from {{ ref('fct_belaegning_maaned') }} as fct_belaegning_maaned
    inner join {{ ref('dim_jobcenter') }} as dim_jobcenter
        on fct_belaegning_maaned.jobcenter_key = dim_jobcenter.jobcenter_key
    group by dim_jobcenter.navn, fct_belaegning_maaned.opgoerelse_dato

),

figures as (

    select
        value as belaegning,
        dimensions ->> 'jobcenter' as jobcenter,
        cast(dimensions ->> 'asof' as date) as opgoerelse_dato
    from {{ ref('figure') }}
    where measure = 'occupancy'

)

select figures.jobcenter
from figures
inner join monthly
    on
        figures.jobcenter = monthly.jobcenter
        and figures.opgoerelse_dato = monthly.opgoerelse_dato
where round(figures.belaegning, 10) is distinct from round(monthly.belaegning, 10)
