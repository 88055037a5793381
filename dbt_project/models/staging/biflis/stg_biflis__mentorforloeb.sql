with

source as (

    select * from {{ source('biflis', 'mentorforloeb') }}

),

renamed as (

    select
        source.mentorforloeb_id as kilde_forloeb_id,
        {{ person_key_of('source.person_key') }} as person_key,
        source.mentortype as mentortype_code,
        source.haendelse as haendelse_code,
        source.forrige_id as kilde_forrige_forloeb_id,
        source.start_dato,
        source.planlagt_slut as planlagt_slut_dato,
        source.slut_dato,
        source.afslutning as afslutning_code,
        source.minutter_pr_uge,
        source.leverandoer_id as kilde_leverandoer_id,
        coalesce(source.maalgruppe, 'uoplyst') as maalgruppe_code
    from source
    where source.delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_forloeb_id,
    person_key,
    mentortype_code,
    haendelse_code,
    kilde_forrige_forloeb_id,
    start_dato,
    planlagt_slut_dato,
    slut_dato,
    afslutning_code,
    minutter_pr_uge,
    kilde_leverandoer_id,
    maalgruppe_code
from renamed
