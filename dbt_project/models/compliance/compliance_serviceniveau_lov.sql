with

niveauer as (

    select * from {{ ref('serviceniveau_slagelse') }}

),

krydsliste as (

    select * from {{ ref('serviceniveau_krydsliste') }}

),

lovkrav as (

    select * from {{ ref('serviceniveau_lovkrav') }}

),

with_law as (

    select
        niveauer.afdeling,
        niveauer.mentortype as niveautype,
        niveauer.skal_kan,
        niveauer.bemaerkning,
        krydsliste.mentortype as mentortype_code,
        coalesce(niveauer.varighed_maaneder_max, niveauer.varighed_maaneder) as maaneder_max,
        lovkrav.mindst_maaneder,
        lovkrav.regel_da,
        lovkrav.kilde
    from niveauer
    left join krydsliste on niveauer.mentortype = krydsliste.type
    left join lovkrav on krydsliste.lovkrav = lovkrav.lovkrav

)

select
    {{ surrogate_key(["'slagelse'", 'afdeling', 'niveautype']) }} as niveau_key,
    'slagelse' as katalog,
    afdeling,
    niveautype,
    skal_kan,
    mentortype_code,
    cast(maaneder_max as integer) as maaneder_max,
    bemaerkning,
    mindst_maaneder as lov_mindst_maaneder,
    regel_da as lov_regel_da,
    kilde as lov_kilde,
    case
        when mindst_maaneder is null then 'intet_lovkrav'
        when maaneder_max is null then 'varighed_ikke_oplyst'
        when maaneder_max < mindst_maaneder then 'under_loven'
        else 'opfylder_loven'
    end as vurdering,
    coalesce(maaneder_max < mindst_maaneder, false) as er_fund
from with_law
