with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}

),

aftaler as (

    select * from {{ ref('stg_biflis__mentoraftale') }}

),

fields as (

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        forloeb.kommune_code,
        forloeb.mentortype_code,
        forloeb.start_dato,
        forloeb.planlagt_slut_dato,
        forloeb.er_loebende,
        forloeb.minutter_pr_uge,
        aftaler.kilde_forloeb_id is not null as har_aftale,
        aftaler.indgaaet_dato,
        aftaler.varighed_uger,
        aftaler.timetal,
        aftaler.klagevejledning_code,
        coalesce(aftaler.har_formaal, false) as har_formaal,
        coalesce(aftaler.har_mentor_kontakt, false) as har_mentor_kontakt,
        coalesce(aftaler.har_opgaver, false) as har_opgaver,
        aftaler.varighed_uger is not null as har_varighed,
        aftaler.timetal is not null as har_timetal,
        coalesce(aftaler.klagevejledning_code, 'uoplyst') <> 'uoplyst' as har_klagevejledning
    from forloeb
    left join aftaler on forloeb.kilde_forloeb_id = aftaler.kilde_forloeb_id

),

counted as (

    select
        forloeb_key,
        cast(not har_formaal as integer) + cast(not har_mentor_kontakt as integer) + cast(not har_opgaver as integer)
        + cast(not har_varighed as integer) + cast(not har_timetal as integer)
        + cast(not har_klagevejledning as integer) as antal_mangler
    from fields

)

select
    fields.forloeb_key,
    fields.person_key,
    fields.kommune_code,
    fields.mentortype_code,
    fields.start_dato,
    fields.er_loebende,
    fields.har_aftale,
    fields.indgaaet_dato,
    fields.har_formaal,
    fields.har_mentor_kontakt,
    fields.har_opgaver,
    fields.har_varighed,
    fields.har_timetal,
    fields.har_klagevejledning,
    fields.klagevejledning_code,
    counted.antal_mangler,
    fields.har_aftale and counted.antal_mangler = 0 as er_fuldstaendig,
    -- The law asks for the guidance itself; a field that says nej is filled and has none.
    coalesce(fields.klagevejledning_code = 'nej', false) as er_uden_klagevejledning,
    fields.varighed_uger * 7 - (fields.planlagt_slut_dato - fields.start_dato + 1) as varighed_afvigelse_dage,
    trim_scale(
        fields.timetal - cast(fields.minutter_pr_uge as numeric) * fields.varighed_uger / 60
    ) as timetal_afvigelse_timer
from fields
inner join counted on fields.forloeb_key = counted.forloeb_key
