with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

opgaver as (

    select * from {{ ref('fct_opgave') }}

),

begivenheder as (

    select * from {{ ref('fct_begivenhed') }}

),

parallelle_indsatser as (

    select * from {{ ref('bridge_forloeb_parallel_indsats') }}

),

-- One line per registration and cross table.
registrations as (

    select
        'baggrund_opgave' as krydstraek,
        forloeb.baggrund_code as raekke_kode,
        opgaver.opgave_code as kolonne_kode,
        forloeb.person_key
    from opgaver
    inner join forloeb on opgaver.forloeb_key = forloeb.forloeb_key

    union all

    select
        'baggrund_parallel' as krydstraek,
        forloeb.baggrund_code as raekke_kode,
        parallelle_indsatser.parallel_indsats_code as kolonne_kode,
        forloeb.person_key
    from parallelle_indsatser
    inner join forloeb on parallelle_indsatser.forloeb_key = forloeb.forloeb_key

    union all

    select
        'baggrund_begivenhed' as krydstraek,
        forloeb.baggrund_code as raekke_kode,
        begivenheder.begivenhed_code as kolonne_kode,
        forloeb.person_key
    from begivenheder
    inner join forloeb on begivenheder.forloeb_key = forloeb.forloeb_key

    union all

    select
        'opgave_alder' as krydstraek,
        opgaver.opgave_code as raekke_kode,
        forloeb.aldersgruppe_code as kolonne_kode,
        forloeb.person_key
    from opgaver
    inner join forloeb on opgaver.forloeb_key = forloeb.forloeb_key

),

counted as (

    select
        krydstraek,
        raekke_kode,
        kolonne_kode,
        count(*) as registreringer,
        count(distinct person_key) as borgere
    from registrations
    group by krydstraek, raekke_kode, kolonne_kode

),

-- Every cell is there, also the empty ones and those of uoplyst (rules.md P6).
cells as (

    select
        'baggrund_opgave' as krydstraek,
        'baggrund' as raekke_dimension,
        raekke.kode as raekke_kode,
        raekke.label_da as raekke,
        raekke.sortering as raekke_sortering,
        'opgave' as kolonne_dimension,
        kolonne.kode as kolonne_kode,
        kolonne.label_da as kolonne,
        kolonne.sortering as kolonne_sortering
    from {{ ref('dim_baggrund') }} as raekke
    cross join {{ ref('dim_opgave') }} as kolonne

    union all

    select
        'baggrund_parallel' as krydstraek,
        'baggrund' as raekke_dimension,
        raekke.kode as raekke_kode,
        raekke.label_da as raekke,
        raekke.sortering as raekke_sortering,
        'indsats' as kolonne_dimension,
        kolonne.kode as kolonne_kode,
        kolonne.label_da as kolonne,
        kolonne.sortering as kolonne_sortering
    from {{ ref('dim_baggrund') }} as raekke
    cross join {{ ref('dim_parallel_indsats') }} as kolonne

    union all

    select
        'baggrund_begivenhed' as krydstraek,
        'baggrund' as raekke_dimension,
        raekke.kode as raekke_kode,
        raekke.label_da as raekke,
        raekke.sortering as raekke_sortering,
        'begivenhed' as kolonne_dimension,
        kolonne.kode as kolonne_kode,
        kolonne.label_da as kolonne,
        kolonne.sortering as kolonne_sortering
    from {{ ref('dim_baggrund') }} as raekke
    cross join {{ ref('dim_begivenhed') }} as kolonne

    union all

    select
        'opgave_alder' as krydstraek,
        'opgave' as raekke_dimension,
        raekke.kode as raekke_kode,
        raekke.label_da as raekke,
        raekke.sortering as raekke_sortering,
        'alder' as kolonne_dimension,
        kolonne.kode as kolonne_kode,
        -- The band itself, as the published ages are written.
        kolonne.kode as kolonne,
        kolonne.sortering as kolonne_sortering
    from {{ ref('dim_opgave') }} as raekke
    cross join {{ ref('dim_aldersgruppe') }} as kolonne

)

select
    cells.krydstraek,
    cells.raekke_dimension,
    cells.raekke_kode,
    cells.raekke,
    cells.raekke_sortering,
    cells.kolonne_dimension,
    cells.kolonne_kode,
    cells.kolonne,
    cells.kolonne_sortering,
    coalesce(counted.registreringer, 0) as registreringer,
    coalesce(counted.borgere, 0) as borgere
from cells
left join counted
    on
        cells.krydstraek = counted.krydstraek
        and cells.raekke_kode = counted.raekke_kode
        and cells.kolonne_kode = counted.kolonne_kode
