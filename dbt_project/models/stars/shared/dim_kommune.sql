with

kommune as (

    select * from {{ ref('kommune') }}

),

jobcentre as (

    select * from {{ ref('stg_webreg__jobcentre') }}

),

unlisted as (

    select distinct jobcentre.kommune_code
    from jobcentre
    left join kommune on jobcentre.kommune_code = kommune.kode
    where kommune.kode is null

)

select
    kode,
    navn,
    gyldig_fra,
    gyldig_til
from kommune

union all

select
    kommune_code as kode,
    'Kommune ' || kommune_code as navn,
    date '1900-01-01' as gyldig_fra,
    cast(null as date) as gyldig_til
from unlisted

union all

select
    'uoplyst' as kode,
    'Uoplyst' as navn,
    date '1900-01-01' as gyldig_fra,
    cast(null as date) as gyldig_til
