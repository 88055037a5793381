with

webreg as (

    select * from {{ ref('int_forloeb__samlet') }}

),

biflis as (

    select * from {{ ref('int_mentorforloeb__biflis') }}

),

aldersgruppe as (

    select * from {{ ref('dim_aldersgruppe') }}

),

jobcentre as (

    select * from {{ ref('dim_jobcenter') }}

),

webreg_rows as (

    select
        webreg.forloeb_key,
        'webreg' as kilde,
        webreg.kilde_forloeb_id,
        webreg.borger_key,
        webreg.person_key,
        webreg.mentor_key,
        webreg.jobcenter_key,
        cast(null as bigint) as leverandoer_key,
        webreg.stoetteperiode_key,
        cast(null as bigint) as forrige_forloeb_key,
        cast(null as text) as mentortype_code,
        cast(null as text) as haendelse_code,
        cast(null as text) as maalgruppe_code,
        cast(null as text) as visitationskategori_code,
        jobcentre.kommune_code,
        webreg.start_dato,
        cast(null as date) as planlagt_slut_dato,
        webreg.slut_dato,
        webreg.slut_kilde,
        webreg.er_foerste_forloeb,
        webreg.afslutning_code,
        -- The success of the 2011 news item (rules.md R23).
        webreg.slut_dato is not null
        and coalesce(webreg.afslutning_code in ('fastholdt_job', 'nyt_job', 'uddannelse'), false) as er_succes,
        webreg.forsoergelse_code,
        webreg.forsoergelse_2008_code,
        webreg.baggrund_code,
        webreg.alder as alder_ved_start,
        coalesce(aldersgruppe.kode, 'uoplyst') as aldersgruppe_code,
        cast(null as integer) as minutter_pr_uge,
        cast(null as boolean) as har_aftale,
        cast(null as date) as indgaaet_dato,
        cast(null as boolean) as har_formaal,
        cast(null as boolean) as har_mentor_kontakt,
        cast(null as boolean) as har_opgaver,
        cast(null as integer) as varighed_uger,
        cast(null as numeric) as timetal,
        cast(null as text) as klagevejledning_code
    from webreg
    left join jobcentre on webreg.jobcenter_key = jobcentre.jobcenter_key
    left join aldersgruppe
        on
            webreg.alder >= aldersgruppe.fra_alder
            and (aldersgruppe.til_alder is null or webreg.alder <= aldersgruppe.til_alder)

),

biflis_rows as (

    select
        forloeb_key,
        'biflis' as kilde,
        kilde_forloeb_id,
        borger_key,
        person_key,
        cast(null as bigint) as mentor_key,
        cast(null as bigint) as jobcenter_key,
        leverandoer_key,
        stoetteperiode_key,
        forrige_forloeb_key,
        mentortype_code,
        haendelse_code,
        maalgruppe_code,
        visitationskategori_code,
        kommune_code,
        start_dato,
        planlagt_slut_dato,
        slut_dato,
        case when slut_dato is not null then 'slut_dato' end as slut_kilde,
        er_foerste_forloeb,
        afslutning_code,
        cast(null as boolean) as er_succes,
        cast(null as text) as forsoergelse_code,
        cast(null as text) as forsoergelse_2008_code,
        cast(null as text) as baggrund_code,
        alder_ved_start,
        cast(null as text) as aldersgruppe_code,
        minutter_pr_uge,
        har_aftale,
        indgaaet_dato,
        har_formaal,
        har_mentor_kontakt,
        har_opgaver,
        varighed_uger,
        timetal,
        klagevejledning_code
    from biflis

),

both_sources as (

    select * from webreg_rows
    union all
    select * from biflis_rows

)

select
    forloeb_key,
    kilde,
    kilde_forloeb_id,
    borger_key,
    person_key,
    mentor_key,
    jobcenter_key,
    leverandoer_key,
    stoetteperiode_key,
    forrige_forloeb_key,
    mentortype_code,
    haendelse_code,
    maalgruppe_code,
    visitationskategori_code,
    kommune_code,
    start_dato,
    planlagt_slut_dato,
    slut_dato,
    slut_kilde,
    slut_dato is null as er_loebende,
    er_foerste_forloeb,
    afslutning_code,
    er_succes,
    forsoergelse_code,
    forsoergelse_2008_code,
    baggrund_code,
    alder_ved_start,
    aldersgruppe_code,
    minutter_pr_uge,
    har_aftale,
    indgaaet_dato,
    har_formaal,
    har_mentor_kontakt,
    har_opgaver,
    varighed_uger,
    cast(timetal as numeric(12, 6)) as timetal,
    klagevejledning_code
from both_sources
