with

niveauer as (

    select * from {{ ref('slagelse_serviceniveau') }}

),

krydsliste as (

    select * from {{ ref('serviceniveau_krydsliste') }}

),

lovkrav as (

    select * from {{ ref('serviceniveau_lovkrav') }}

)

select
    niveauer.niveau,
    'slagelse' as katalog,
    niveauer.afdeling,
    niveauer.type as niveautype,
    niveauer.skal_kan,
    krydsliste.mentortype as mentortype_code,
    niveauer.maaneder_max,
    niveauer.varighed_da,
    lovkrav.mindst_maaneder as lov_mindst_maaneder,
    lovkrav.regel_da as lov_regel_da,
    lovkrav.kilde as lov_kilde,
    case
        when lovkrav.lovkrav is null then 'intet_lovkrav'
        when niveauer.maaneder_max is null then 'varighed_ikke_oplyst'
        when niveauer.maaneder_max < lovkrav.mindst_maaneder then 'under_loven'
        else 'opfylder_loven'
    end as vurdering,
    coalesce(niveauer.maaneder_max < lovkrav.mindst_maaneder, false) as er_fund
from niveauer
left join krydsliste on niveauer.type = krydsliste.type
left join lovkrav on krydsliste.lovkrav = lovkrav.lovkrav
