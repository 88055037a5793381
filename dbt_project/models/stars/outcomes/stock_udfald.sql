with

udfald as (

    select * from {{ ref('fct_udfald') }}

),

with_year as (

    select
        *,
        cast(extract(year from start_dato) as integer) as start_aar
    from udfald

)

select
    {{ surrogate_key([
        'kilde', 'horisont_maaneder', 'start_aar', 'mentortype_code', 'kommune_code', 'aldersgruppe_30', 'status_code'
    ]) }} as bestand_key,
    kilde,
    horisont_maaneder,
    start_aar,
    mentortype_code,
    kommune_code,
    aldersgruppe_30,
    status_code,
    cast(count(*) as integer) as antal_forloeb,
    cast(count(*) filter (where er_foerste_forloeb) as integer) as antal_borgere,
    cast(count(*) filter (where er_studiets_foerste) as integer) as antal_studiets_borgere,
    cast(count(*) filter (where er_studiets_foerste and er_opmatchet) as integer) as antal_studiets_opmatchede
from with_year
group by kilde, horisont_maaneder, start_aar, mentortype_code, kommune_code, aldersgruppe_30, status_code
