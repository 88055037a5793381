with

tidsforbrug as (

    select * from {{ ref('stg_webreg__tidsforbrug') }}

),

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

tidsinterval as (

    select * from {{ ref('dim_tidsinterval') }}

)

select
    {{ surrogate_key(["'webreg'", 'tidsforbrug.kilde_tid_id']) }} as tidsforbrug_key,
    tidsforbrug.kilde_tid_id,
    forloeb.forloeb_key,
    versioner.borger_key,
    forloeb.person_key,
    {{ surrogate_key(["'webreg'", 'tidsforbrug.kilde_mentor_id']) }} as mentor_key,
    forloeb.jobcenter_key,
    tidsforbrug.dato,
    tidsforbrug.start_tid,
    -- All of an entry belongs to the interval of its start, lower edge inclusive (rules.md R5).
    tidsinterval.kode as tidsinterval_code,
    tidsforbrug.opgavetype_code,
    tidsforbrug.minutter,
    tidsforbrug.transport_minutter
from tidsforbrug
inner join forloeb on tidsforbrug.kilde_forloeb_id = forloeb.kilde_forloeb_id
inner join tidsinterval
    on
        tidsforbrug.start_tid >= tidsinterval.fra_tid
        and tidsforbrug.start_tid < tidsinterval.til_tid
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'tidsforbrug.dato') }}
