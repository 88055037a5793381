with

forloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'biflis'

),

visitation as (

    select * from {{ ref('int_visitation__perioder') }}

),

borgere as (

    select * from {{ ref('int_borgere__kun_biflis') }}

)

select
    {{ surrogate_key(["'biflis'", 'forloeb.kilde_forloeb_id']) }} as forloeb_key,
    forloeb.kilde_forloeb_id,
    forloeb.person_key,
    coalesce(borgere.kommune_code, 'uoplyst') as kommune_code,
    forloeb.mentortype_code,
    forloeb.maalgruppe_code,
    coalesce(visitation.visitationskategori_code, 'uoplyst') as visitationskategori_code,
    {{ age_at('borgere.foedselsdato', 'forloeb.start_dato') }} as alder_ved_start,
    forloeb.start_dato,
    forloeb.planlagt_slut_dato,
    forloeb.slut_dato,
    forloeb.afslutning_code,
    forloeb.minutter_pr_uge,
    -- What ends after the day that is covered has not ended yet.
    coalesce(forloeb.slut_dato > leveringer.covers_dato, true) as er_loebende,
    least(coalesce(forloeb.slut_dato, leveringer.covers_dato), leveringer.covers_dato) as sidste_dato,
    leveringer.covers_dato as opgoerelse_dato
from forloeb
cross join leveringer
left join visitation
    on
        forloeb.person_key = visitation.person_key
        and forloeb.start_dato >= visitation.fra_dato
        and (visitation.til_dato is null or forloeb.start_dato < visitation.til_dato)
{{ as_of_join('borgere', 'borgere', 'forloeb.person_key', 'forloeb.start_dato') }}
