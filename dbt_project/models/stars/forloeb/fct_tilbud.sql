with

tilbud as (

    select * from {{ ref('stg_biflis__tilbud') }}

),

visitation as (

    select * from {{ ref('int_visitation__perioder') }}

),

foedselsdatoer as (

    select * from {{ ref('int_borgere__foedselsdato') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'tilbud.kilde_tilbud_id']) }} as tilbud_key,
    tilbud.kilde_tilbud_id,
    versioner.borger_key,
    tilbud.person_key,
    versioner.kommune_code,
    tilbud.tilbudstype_code,
    coalesce(visitation.visitationskategori_code, 'uoplyst') as visitationskategori_code,
    tilbud.start_dato,
    tilbud.planlagt_slut_dato,
    tilbud.slut_dato,
    tilbud.slut_dato is null as er_loebende,
    coalesce(tilbud.sted, 'uoplyst') as sted,
    {{ age_at('foedselsdatoer.foedselsdato', 'tilbud.start_dato') }} as alder_ved_start
from tilbud
left join foedselsdatoer on tilbud.person_key = foedselsdatoer.person_key
left join visitation
    on
        tilbud.person_key = visitation.person_key
        and tilbud.start_dato >= visitation.fra_dato
        and (visitation.til_dato is null or tilbud.start_dato < visitation.til_dato)
{{ as_of_join('versioner', 'versioner', 'tilbud.person_key', 'tilbud.start_dato') }}
