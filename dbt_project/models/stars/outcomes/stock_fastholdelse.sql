with

fastholdelse as (

    select * from {{ ref('fct_fastholdelse') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

with_end as (

    select
        fastholdelse.kilde,
        fastholdelse.horisont_maaneder,
        cast(extract(year from fastholdelse.slut_dato) as integer) as aar,
        fastholdelse.mentortype_code,
        fastholdelse.kommune_code,
        forloeb.afslutning_code,
        fastholdelse.fastholdelse
    from fastholdelse
    inner join forloeb on fastholdelse.forloeb_key = forloeb.forloeb_key

)

select
    {{ surrogate_key([
        'kilde', 'horisont_maaneder', 'aar', 'mentortype_code', 'kommune_code', 'afslutning_code', 'fastholdelse'
    ]) }} as bestand_key,
    kilde,
    horisont_maaneder,
    aar,
    mentortype_code,
    kommune_code,
    afslutning_code,
    fastholdelse,
    cast(count(*) as integer) as antal_forloeb
from with_end
group by kilde, horisont_maaneder, aar, mentortype_code, kommune_code, afslutning_code, fastholdelse
