with

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

)

-- In the web registrations one forløb is one period of support (rules.md C9).
select
    stoetteperiode_key,
    'webreg' as kilde,
    person_key,
    borger_key,
    start_dato,
    slut_dato,
    slut_dato is null as er_loebende,
    1 as antal_forloeb
from forloeb
