with

mentorforloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

leverandoerer as (

    select * from {{ ref('stg_biflis__leverandoer') }}

),

tilbud as (

    select * from {{ ref('stg_biflis__tilbud') }}

)

select
    {{ surrogate_key(["'mentor'", 'mentorforloeb.kilde_forloeb_id']) }} as indsats_key,
    'mentor' as indsats,
    mentorforloeb.person_key,
    mentorforloeb.mentortype_code,
    cast(null as text) as tilbudstype_code,
    leverandoerer.leverandoertype_code,
    cast(null as text) as sted,
    mentorforloeb.start_dato,
    mentorforloeb.slut_dato
from mentorforloeb
inner join leverandoerer on mentorforloeb.kilde_leverandoer_id = leverandoerer.kilde_leverandoer_id

union all

select
    {{ surrogate_key(["'tilbud'", 'kilde_tilbud_id']) }} as indsats_key,
    'tilbud' as indsats,
    person_key,
    cast(null as text) as mentortype_code,
    tilbudstype_code,
    cast(null as text) as leverandoertype_code,
    coalesce(sted, 'uoplyst') as sted,
    start_dato,
    slut_dato
from tilbud
