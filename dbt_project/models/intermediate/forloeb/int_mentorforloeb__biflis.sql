with

mentorforloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

aftaler as (

    select * from {{ ref('stg_biflis__mentoraftale') }}

),

stoetteperioder as (

    select * from {{ ref('int_mentorforloeb__stoetteperioder') }}

),

visitation as (

    select * from {{ ref('int_visitation__perioder') }}

),

foedselsdatoer as (

    select * from {{ ref('int_borgere__foedselsdato') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'mentorforloeb.kilde_forloeb_id']) }} as forloeb_key,
    mentorforloeb.kilde_forloeb_id,
    mentorforloeb.person_key,
    versioner.borger_key,
    versioner.kommune_code,
    case
        when mentorforloeb.kilde_forrige_forloeb_id is not null
            then {{ surrogate_key(["'biflis'", 'mentorforloeb.kilde_forrige_forloeb_id']) }}
    end as forrige_forloeb_key,
    {{ surrogate_key(["'biflis periode'", 'stoetteperioder.kilde_rod_forloeb_id']) }} as stoetteperiode_key,
    mentorforloeb.kilde_forloeb_id = stoetteperioder.kilde_rod_forloeb_id as er_periodens_foerste,
    {{ surrogate_key(["'biflis'", 'mentorforloeb.kilde_leverandoer_id']) }} as leverandoer_key,
    mentorforloeb.mentortype_code,
    mentorforloeb.haendelse_code,
    mentorforloeb.maalgruppe_code,
    coalesce(visitation.visitationskategori_code, 'uoplyst') as visitationskategori_code,
    mentorforloeb.start_dato,
    mentorforloeb.planlagt_slut_dato,
    mentorforloeb.slut_dato,
    -- An ended forløb without a registered reason is uoplyst; a running one has none yet.
    case
        when mentorforloeb.slut_dato is null then mentorforloeb.afslutning_code
        else coalesce(mentorforloeb.afslutning_code, 'uoplyst')
    end as afslutning_code,
    mentorforloeb.minutter_pr_uge,
    {{ age_at('foedselsdatoer.foedselsdato', 'mentorforloeb.start_dato') }} as alder_ved_start,
    -- Earliest start, ties by lowest id (rules.md R24).
    row_number() over (
        partition by mentorforloeb.person_key
        order by mentorforloeb.start_dato, cast(mentorforloeb.kilde_forloeb_id as numeric)
    ) = 1 as er_foerste_forloeb,
    aftaler.kilde_forloeb_id is not null as har_aftale,
    aftaler.indgaaet_dato,
    aftaler.har_formaal,
    aftaler.har_mentor_kontakt,
    aftaler.har_opgaver,
    aftaler.varighed_uger,
    aftaler.timetal,
    aftaler.klagevejledning_code
from mentorforloeb
inner join stoetteperioder on mentorforloeb.kilde_forloeb_id = stoetteperioder.kilde_forloeb_id
left join aftaler on mentorforloeb.kilde_forloeb_id = aftaler.kilde_forloeb_id
left join foedselsdatoer on mentorforloeb.person_key = foedselsdatoer.person_key
left join visitation
    on
        mentorforloeb.person_key = visitation.person_key
        and mentorforloeb.start_dato >= visitation.fra_dato
        and (visitation.til_dato is null or mentorforloeb.start_dato < visitation.til_dato)
{{ as_of_join('versioner', 'versioner', 'mentorforloeb.person_key', 'mentorforloeb.start_dato') }}
