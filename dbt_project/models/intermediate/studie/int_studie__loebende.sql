with

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

indsatser as (

    select * from {{ ref('int_indsatser') }}

),

members as (

    select * from {{ ref('figure_member') }}
    where dimension = 'tilbud'

),

-- Seven calendar months later, clamped to the month's end (rules.md R14).
reading_days as (

    select
        person_key,
        aldersgruppe_30,
        cast(start_dato + interval '7 months' as date) as laese_dato
    from borgere

)

-- A kind of mentor without a member (udskrivning, udslusning) is in no bar and not in the base.
select
    indsatser.indsats_key,
    indsatser.indsats,
    reading_days.person_key,
    reading_days.aldersgruppe_30,
    reading_days.laese_dato,
    members.medlem as tilbud
from reading_days
inner join indsatser
    on
        reading_days.person_key = indsatser.person_key
        and reading_days.laese_dato >= indsatser.start_dato
        and (indsatser.slut_dato is null or reading_days.laese_dato <= indsatser.slut_dato)
inner join members on coalesce(indsatser.mentortype_code, indsatser.tilbudstype_code) = members.kode
