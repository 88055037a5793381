with

omkostninger as (

    select * from {{ ref('stg_biflis__omkostning') }}

),

regler as (

    select * from {{ ref('refusionsregel') }}
    where grundlag = 'maalgruppe' and ramme not in ('uden_for', 'ingen')

),

perioder as (

    select distinct periode
    from omkostninger

)

select
    perioder.periode,
    cast(max(regler.refusionssats) as numeric(5, 4)) as refusionssats
from perioder
inner join regler
    on
        perioder.periode >= regler.gyldig_fra
        and perioder.periode < regler.gyldig_til
group by perioder.periode
