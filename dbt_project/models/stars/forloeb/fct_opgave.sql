with

opgaver as (

    select * from {{ ref('stg_webreg__opgaver') }}

),

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'webreg'", 'opgaver.kilde_opgave_id']) }} as opgave_key,
    opgaver.kilde_opgave_id,
    forloeb.forloeb_key,
    versioner.borger_key,
    forloeb.person_key,
    {{ surrogate_key(["'webreg'", 'opgaver.kilde_mentor_id']) }} as mentor_key,
    forloeb.jobcenter_key,
    opgaver.dato,
    opgaver.opgave_code
from opgaver
inner join forloeb on opgaver.kilde_forloeb_id = forloeb.kilde_forloeb_id
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'opgaver.dato') }}
