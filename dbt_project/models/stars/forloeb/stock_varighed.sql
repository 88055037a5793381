with

perioder as (

    select * from {{ ref('fct_stoetteperiode') }}
    where not er_loebende

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

-- A period belongs where its first forløb does; ties by lowest key.
begyndelser as (

    select distinct on (stoetteperiode_key)
        stoetteperiode_key,
        kommune_code
    from forloeb
    order by stoetteperiode_key, start_dato, forloeb_key

),

stepped as (

    select
        perioder.kilde,
        begyndelser.kommune_code,
        cast(perioder.faktiske_dage / 30 * 30 as integer) as fra_dage
    from perioder
    inner join begyndelser on perioder.stoetteperiode_key = begyndelser.stoetteperiode_key

)

select
    {{ surrogate_key(['kilde', 'kommune_code', 'fra_dage']) }} as bestand_key,
    kilde,
    kommune_code,
    fra_dage,
    cast(count(*) as integer) as antal_perioder
from stepped
group by kilde, kommune_code, fra_dage
