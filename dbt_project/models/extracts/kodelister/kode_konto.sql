-- A budget has none.
{{ kodeliste(ref('dim_konto'), sortering='1') }}

union all

select
    'uoplyst' as kode,
    'Uoplyst' as label_da,
    999 as sortering
