with

mentortype as (

    select * from {{ ref('mentortype') }}

),

lov as (

    select * from {{ ref('mentortype_lov') }}

)

select
    mentortype.kode,
    mentortype.label_da,
    mentortype.label_en,
    mentortype.sortering,
    mentortype.gyldig_fra,
    mentortype.gyldig_til,
    lov.lovgrundlag,
    -- Six months by law (rules.md C1); for the other types none is stated.
    lov.planlagte_uger,
    lov.kilde
from mentortype
inner join lov on mentortype.kode = lov.mentortype
