with

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

forloeb as (

    select * from {{ ref('int_mentorforloeb__biflis') }}
    where mentortype_code = 'helhedsorienteret'

),

lov as (

    select * from {{ ref('mentortype_lov') }}
    where mentortype = 'helhedsorienteret'

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

-- Also those begun before the period; the figure is read on its last day, so later deliveries do not move it
-- (rules.md R13).
counted as (

    select
        borgere.person_key,
        {{ counted_days('forloeb.start_dato', 'forloeb.slut_dato', 'perioder.til_dato', 'lov.planlagte_uger') }}
            as dage,
        lov.planlagte_uger
    from borgere
    inner join forloeb on borgere.person_key = forloeb.person_key
    cross join lov
    inner join perioder on forloeb.start_dato <= perioder.til_dato

),

-- The 26 weeks of a forløb hold its first and its last day.
totals as (

    select
        person_key,
        sum(dage) as dage,
        count(*) as antal_forloeb,
        count(*) filter (where dage + 1 >= 7 * planlagte_uger) as antal_hele_forloeb
    from counted
    group by person_key

)

select
    person_key,
    cast(dage as integer) as dage,
    cast(antal_forloeb as integer) as antal_forloeb,
    cast(antal_hele_forloeb as integer) as antal_hele_forloeb,
    -- rules.md C7: a lower edge is outside the band, an upper one inside.
    case
        when dage <= 91 then '0-3 mdr'
        when dage <= 184 then '3-6 mdr'
        when dage <= 365 then '6-12 mdr'
        else 'mere end 1 år'
    end as varighed
from totals
