with

begivenheder as (

    select * from {{ ref('stg_webreg__begivenheder') }}

),

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'webreg'", 'begivenheder.kilde_begivenhed_id']) }} as begivenhed_key,
    begivenheder.kilde_begivenhed_id,
    forloeb.forloeb_key,
    versioner.borger_key,
    forloeb.person_key,
    forloeb.jobcenter_key,
    case
        when begivenheder.kilde_virksomhed_id is not null
            then {{ surrogate_key(["'webreg'", 'begivenheder.kilde_virksomhed_id']) }}
    end as virksomhed_key,
    begivenheder.start_dato,
    begivenheder.slut_dato,
    begivenheder.begivenhed_code
from begivenheder
inner join forloeb on begivenheder.kilde_forloeb_id = forloeb.kilde_forloeb_id
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'begivenheder.start_dato') }}
