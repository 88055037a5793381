with

kommune as (

    select * from {{ ref('kommune') }}

),

jobcentre as (

    select * from {{ ref('stg_webreg__jobcentre') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

serviceniveau as (

    select * from {{ ref('stg_biflis__serviceniveau') }}

),

codes_met as (

    select kommune_code from jobcentre
    union distinct
    select kommune_code from versioner
    union distinct
    select kommune_code from serviceniveau

),

unlisted as (

    select codes_met.kommune_code
    from codes_met
    left join kommune on codes_met.kommune_code = kommune.kode
    where kommune.kode is null and codes_met.kommune_code <> 'uoplyst'

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
