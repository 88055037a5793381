with

webreg as (

    select * from {{ ref('int_forloeb__samlet') }}

),

biflis as (

    select * from {{ ref('int_mentorforloeb__biflis') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

-- In the web registrations one forløb is one period of support (rules.md C9).
webreg_periods as (

    select
        stoetteperiode_key,
        'webreg' as kilde,
        person_key,
        cast(null as text) as mentortype_code,
        start_dato,
        slut_dato,
        1 as antal_forloeb,
        cast(null as integer) as planlagte_dage,
        slut_dato - start_dato as faktiske_dage
    from webreg

),

biflis_periods as (

    select
        stoetteperiode_key,
        'biflis' as kilde,
        person_key,
        min(mentortype_code) filter (where er_periodens_foerste) as mentortype_code,
        min(start_dato) as start_dato,
        case when not bool_or(slut_dato is null) then max(slut_dato) end as slut_dato,
        cast(count(*) as integer) as antal_forloeb,
        cast(sum(planlagt_slut_dato - start_dato) as integer) as planlagte_dage,
        cast(sum(slut_dato - start_dato) as integer) as faktiske_dage
    from biflis
    group by stoetteperiode_key, person_key

),

periods as (

    select * from webreg_periods
    union all
    select * from biflis_periods

)

select
    periods.stoetteperiode_key,
    periods.kilde,
    periods.person_key,
    versioner.borger_key,
    periods.mentortype_code,
    periods.start_dato,
    periods.slut_dato,
    periods.slut_dato is null as er_loebende,
    periods.antal_forloeb,
    periods.planlagte_dage,
    periods.faktiske_dage
from periods
{{ as_of_join('versioner', 'versioner', 'periods.person_key', 'periods.start_dato') }}
