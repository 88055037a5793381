-- Nobody is lost between a start and its outcomes: who is not followed up has a status that says so (rules.md P6, R7).
with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

horisont as (

    select * from {{ ref('dim_horisont') }}

),

udfald as (

    select * from {{ ref('fct_udfald') }}

)

select
    forloeb.forloeb_key,
    horisont.horisont_maaneder
from forloeb
cross join horisont
left join udfald
    on
        forloeb.forloeb_key = udfald.forloeb_key
        and horisont.horisont_maaneder = udfald.horisont_maaneder
where udfald.udfald_key is null
