with

source as (

    select * from {{ source('webreg', 'stoetteforloeb') }}

),

renamed as (

    select
        forloeb_id as kilde_forloeb_id,
        borger_id as kilde_borger_id,
        mentor_id as kilde_mentor_id,
        start_dato,
        slut_dato,
        coalesce(forsoergelse, 'uoplyst') as forsoergelse_code,
        forsoergelse_2008 as forsoergelse_2008_code,
        coalesce(baggrund, 'uoplyst') as baggrund_code,
        afslutning as afslutning_code
    from source
    where delivery_id = {{ effective_delivery('webreg') }}

)

select
    kilde_forloeb_id,
    kilde_borger_id,
    kilde_mentor_id,
    start_dato,
    slut_dato,
    forsoergelse_code,
    forsoergelse_2008_code,
    baggrund_code,
    afslutning_code
from renamed
