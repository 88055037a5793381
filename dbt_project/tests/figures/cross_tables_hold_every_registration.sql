-- A registration whose code has no cell would vanish from a krydstræk without a word.
with

cells as (

    select
        krydstraek,
        sum(registreringer) as antal
    from {{ ref('fct_krydstraek') }}
    group by krydstraek

),

registrations as (

    select
        'baggrund_opgave' as krydstraek,
        count(*) as antal
    from {{ ref('fct_opgave') }}

    union all

    select
        'opgave_alder' as krydstraek,
        count(*) as antal
    from {{ ref('fct_opgave') }}

    union all

    select
        'baggrund_begivenhed' as krydstraek,
        count(*) as antal
    from {{ ref('fct_begivenhed') }}

    union all

    select
        'baggrund_parallel' as krydstraek,
        count(*) as antal
    from {{ ref('bridge_forloeb_parallel_indsats') }}

)

select registrations.krydstraek
from registrations
left join cells on registrations.krydstraek = cells.krydstraek
where registrations.antal is distinct from cells.antal
