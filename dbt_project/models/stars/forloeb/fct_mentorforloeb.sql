with

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

aldersgruppe as (

    select * from {{ ref('dim_aldersgruppe') }}

)

select
    forloeb.forloeb_key,
    'webreg' as kilde,
    forloeb.kilde_forloeb_id,
    forloeb.borger_key,
    forloeb.person_key,
    forloeb.mentor_key,
    forloeb.jobcenter_key,
    forloeb.stoetteperiode_key,
    forloeb.start_dato,
    forloeb.slut_dato,
    forloeb.slut_kilde,
    forloeb.slut_dato is null as er_loebende,
    forloeb.er_foerste_forloeb,
    forloeb.afslutning_code,
    -- The success of the 2011 news item (rules.md R23).
    forloeb.slut_dato is not null
    and coalesce(forloeb.afslutning_code in ('fastholdt_job', 'nyt_job', 'uddannelse'), false) as er_succes,
    forloeb.forsoergelse_code,
    forloeb.forsoergelse_2008_code,
    forloeb.baggrund_code,
    forloeb.alder as alder_ved_start,
    coalesce(aldersgruppe.kode, 'uoplyst') as aldersgruppe_code
from forloeb
left join aldersgruppe
    on
        forloeb.alder >= aldersgruppe.fra_alder
        and (aldersgruppe.til_alder is null or forloeb.alder <= aldersgruppe.til_alder)
