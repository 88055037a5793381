-- A voucher meets at most one rule of a ground; a rule for every group overlaps with those of each group.
select
    en.refusionsregel_key,
    anden.refusionsregel_key as anden_refusionsregel_key
from {{ ref('dim_refusionsregel') }} as en
inner join {{ ref('dim_refusionsregel') }} as anden
    on
        en.grundlag = anden.grundlag
        and en.refusionsregel_key < anden.refusionsregel_key
        and (
            en.maalgruppe_code is null
            or anden.maalgruppe_code is null
            or en.maalgruppe_code = anden.maalgruppe_code
        )
        and en.gyldig_fra < coalesce(anden.gyldig_til, date '9999-12-31')
        and anden.gyldig_fra < coalesce(en.gyldig_til, date '9999-12-31')
