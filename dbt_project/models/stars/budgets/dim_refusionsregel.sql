with

refusionsregel as (

    select * from {{ ref('refusionsregel') }}

)

select
    {{ surrogate_key(['grundlag', 'maalgruppe', 'gyldig_fra']) }} as refusionsregel_key,
    grundlag,
    nullif(maalgruppe, 'alle') as maalgruppe_code,
    gyldig_fra,
    nullif(gyldig_til, date '9999-12-31') as gyldig_til,
    cast(refusionssats as numeric(5, 4)) as refusionssats,
    refusionssats > 0 as er_refunderet,
    ramme = 'uden_for' as er_uden_for_ramme,
    case when ramme not in ('uden_for', 'ingen') then ramme end as ramme_code,
    nullif(konto, 'ikke_oplyst') as konto_code,
    kilde
from refusionsregel
