-- All years of the web registrations together are the published krydstræk, while nobody is kept out.
with

restricted as (

    select count(*) as persons
    from {{ ref('int_personer__udtraek') }}
    where not maa_udleveres or kommune_er_grov

),

told as (

    select
        of_a_table.krydstraek,
        of_a_table.raekke_kode,
        of_a_table.kolonne_kode,
        count(*) as registreringer
    from {{ ref('ext_star__webregistrering_v1') }} as registreringer
    cross join
        lateral (
            values
            ('baggrund_opgave', 'opgave', registreringer.baggrund, registreringer.opgave),
            ('opgave_alder', 'opgave', registreringer.opgave, registreringer.aldersgruppe),
            ('baggrund_begivenhed', 'begivenhed', registreringer.baggrund, registreringer.begivenhed),
            ('baggrund_parallel', 'parallel_indsats', registreringer.baggrund, registreringer.parallel_indsats)
        ) as of_a_table (krydstraek, art, raekke_kode, kolonne_kode)
    where registreringer.art = of_a_table.art
    group by of_a_table.krydstraek, of_a_table.raekke_kode, of_a_table.kolonne_kode

),

published as (

    select
        krydstraek,
        raekke_kode,
        kolonne_kode,
        registreringer
    from {{ ref('fct_krydstraek') }}
    where registreringer > 0

)

select
    coalesce(told.krydstraek, published.krydstraek) as krydstraek,
    coalesce(told.raekke_kode, published.raekke_kode) as raekke_kode,
    coalesce(told.kolonne_kode, published.kolonne_kode) as kolonne_kode
from told
full outer join published
    on
        told.krydstraek = published.krydstraek
        and told.raekke_kode = published.raekke_kode
        and told.kolonne_kode = published.kolonne_kode
cross join restricted
where restricted.persons = 0 and told.registreringer is distinct from published.registreringer
