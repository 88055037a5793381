-- What BIFLIS delivered, by the kommune that its voucher got and the year of its own month, against every table that
-- holds money: to the last decimal, each voucher once.
with

delivered as (

    select
        coalesce(omkostninger.kommune_code, 'bilag uden plads') as kommune_code,
        cast(extract(year from stg.periode) as integer) as aar,
        count(*) as antal_bilag,
        sum(stg.beloeb_dkk) as beloeb_dkk
    from {{ ref('stg_biflis__omkostning') }} as stg
    left join {{ ref('fct_omkostning') }} as omkostninger on stg.kilde_bilag_id = omkostninger.kilde_bilag_id
    group by coalesce(omkostninger.kommune_code, 'bilag uden plads'), cast(extract(year from stg.periode) as integer)

),

in_a_table as (

    select
        'fct_omkostning' as tabel,
        kommune_code,
        aar,
        count(*) as antal_bilag,
        sum(beloeb_dkk) as beloeb_dkk
    from {{ ref('fct_omkostning') }}
    group by kommune_code, aar
    union all
    select
        'fct_refusion' as tabel,
        kommune_code,
        aar,
        count(*) as antal_bilag,
        sum(refusion_foer_ramme_dkk + netto_foer_ramme_dkk) as beloeb_dkk
    from {{ ref('fct_refusion') }}
    group by kommune_code, aar
    union all
    select
        'stock_oekonomi_maaned, status' as tabel,
        kommune_code,
        aar,
        sum(antal_bilag) as antal_bilag,
        sum(refunderes_dkk + refunderes_ikke_dkk + ingen_regel_dkk + ukendt_maalgruppe_dkk) as beloeb_dkk
    from {{ ref('stock_oekonomi_maaned') }}
    group by kommune_code, aar
    having sum(antal_bilag) > 0
    union all
    select
        'stock_oekonomi_maaned, udgiftsart' as tabel,
        kommune_code,
        aar,
        sum(antal_bilag) as antal_bilag,
        sum(mentorstoette_dkk + opkvalificering_dkk + ukendt_art_dkk) as beloeb_dkk
    from {{ ref('stock_oekonomi_maaned') }}
    group by kommune_code, aar
    having sum(antal_bilag) > 0

),

expected as (

    select
        tabeller.tabel,
        delivered.kommune_code,
        delivered.aar,
        delivered.antal_bilag,
        delivered.beloeb_dkk
    from delivered
    cross join (
        values
        ('fct_omkostning'), ('fct_refusion'), ('stock_oekonomi_maaned, status'), ('stock_oekonomi_maaned, udgiftsart')
    ) as tabeller (tabel)

)

select
    coalesce(expected.tabel, in_a_table.tabel) as tabel,
    coalesce(expected.kommune_code, in_a_table.kommune_code) as kommune_code,
    coalesce(expected.aar, in_a_table.aar) as aar
from expected
full outer join in_a_table
    on
        expected.tabel = in_a_table.tabel
        and expected.kommune_code = in_a_table.kommune_code
        and expected.aar = in_a_table.aar
where
    expected.antal_bilag is distinct from in_a_table.antal_bilag
    or expected.beloeb_dkk is distinct from in_a_table.beloeb_dkk
