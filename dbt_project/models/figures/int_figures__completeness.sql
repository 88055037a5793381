with

completeness as (

    select * from {{ ref('fct_registreringskomplethed') }}

),

felter as (

    select * from {{ ref('registreringsfelt') }}

),

dim_jobcenter as (

    select * from {{ ref('dim_jobcenter') }}

),

jobcentres as (

    select * from {{ ref('int_figures__jobcentres') }}

),

counted as (

    select
        dim_jobcenter.navn as jobcenter,
        completeness.felt,
        sum(completeness.antal) as antal,
        sum(completeness.antal_udfyldt) as antal_udfyldt
    from completeness
    inner join dim_jobcenter on completeness.jobcenter_key = dim_jobcenter.jobcenter_key
    group by dim_jobcenter.navn, completeness.felt

)

select
    'registration_completeness' as measure,
    jsonb_build_object('jobcenter', jobcentres.jobcenter, 'felt', felter.label_da) as dimensions,
    trim_scale(100 * cast(counted.antal_udfyldt as numeric) / nullif(counted.antal, 0)) as figure_value,
    'pct' as unit,
    coalesce(counted.antal_udfyldt, 0) as taeller,
    coalesce(counted.antal, 0) as naevner,
    cast(null as jsonb) as grundlag
from jobcentres
cross join felter
left join counted
    on
        jobcentres.jobcenter = counted.jobcenter
        and felter.felt = counted.felt
