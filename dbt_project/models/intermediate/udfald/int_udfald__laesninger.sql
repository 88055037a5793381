with

webreg as (

    select * from {{ ref('int_forloeb__samlet') }}

),

biflis as (

    select * from {{ ref('int_mentorforloeb__biflis') }}

),

horisont as (

    select * from {{ ref('horisont') }}

),

forloeb as (

    select
        forloeb_key,
        person_key,
        start_dato,
        slut_dato
    from webreg

    union all

    select
        forloeb_key,
        person_key,
        start_dato,
        slut_dato
    from biflis

),

-- After an end, the week of the end itself is read too: what cannot be there cannot be kept.
after_the_end (maaneder) as (

    values (0), (3), (6)

),

dated as (

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        'start' as regnet_fra,
        horisont.horisont_maaneder as maaneder,
        cast(forloeb.start_dato + make_interval(months => horisont.horisont_maaneder) as date) as laese_dato
    from forloeb
    cross join horisont

    union all

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        'slut' as regnet_fra,
        after_the_end.maaneder,
        cast(forloeb.slut_dato + make_interval(months => after_the_end.maaneder) as date) as laese_dato
    from forloeb
    cross join after_the_end
    where forloeb.slut_dato is not null

),

-- A day that stands for "never" (31 December 9999) has no later one: readers know no year of five digits.
within_the_calendar as (

    select
        forloeb_key,
        person_key,
        regnet_fra,
        maaneder,
        least(laese_dato, date '9999-12-31') as laese_dato
    from dated

)

select
    forloeb_key,
    person_key,
    regnet_fra,
    maaneder,
    laese_dato,
    cast(date_trunc('week', cast(laese_dato as timestamp)) as date) as laese_mandag
from within_the_calendar
