with

konto as (

    select * from {{ ref('konto') }}

),

omkostning as (

    select * from {{ ref('stg_biflis__omkostning') }}

),

unlisted as (

    select distinct omkostning.konto
    from omkostning
    left join konto on omkostning.konto = konto.konto
    where konto.konto is null

)

select
    konto as kode,
    case label_da
        when 'ukendt' then 'Konto ' || konto || ' (navn ukendt)'
        else label_da
    end as label_da,
    case label_en
        when 'unknown' then 'Account ' || konto || ' (name unknown)'
        else label_en
    end as label_en,
    kan_refunderes,
    coalesce(gyldig_fra, date '1900-01-01') as gyldig_fra,
    gyldig_til,
    refunderes_til,
    udgiftsart,
    true as er_i_kontoplan
from konto

union all

select
    konto as kode,
    'Konto ' || konto || ' (ikke i kontoplanen)' as label_da,
    'Account ' || konto || ' (not in the chart of accounts)' as label_en,
    'ukendt' as kan_refunderes,
    date '1900-01-01' as gyldig_fra,
    cast(null as date) as gyldig_til,
    cast(null as date) as refunderes_til,
    'ukendt' as udgiftsart,
    false as er_i_kontoplan
from unlisted
