with

jobcentre as (

    select * from {{ ref('dim_jobcenter') }}

),

mentorer as (

    select * from {{ ref('dim_mentor') }}

),

virksomheder as (

    select * from {{ ref('dim_virksomhed') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

samlet as (

    select * from {{ ref('int_forloeb__samlet') }}

),

parallelle_indsatser as (

    select * from {{ ref('bridge_forloeb_parallel_indsats') }}

),

tilknytninger as (

    select * from {{ ref('bridge_forloeb_virksomhed') }}

),

tidsforbrug as (

    select * from {{ ref('fct_tidsforbrug') }}

),

felter as (

    select * from {{ ref('registreringsfelt') }}

),

borger_felter as (

    select
        samlet.jobcenter_key,
        felt.navn as felt,
        felt.udfyldt
    from samlet
    cross join
        lateral (
            values
            ('koen', samlet.koen_code <> 'uoplyst'),
            ('alder', samlet.alder is not null),
            ('uddannelse', samlet.uddannelse_code <> 'uoplyst')
        ) as felt (navn, udfyldt)
    where samlet.er_foerste_forloeb

),

forloeb_felter as (

    select
        forloeb.jobcenter_key,
        felt.navn as felt,
        felt.udfyldt
    from forloeb
    cross join
        lateral (
            values
            ('forsoergelse', forloeb.forsoergelse_code <> 'uoplyst'),
            ('baggrund', forloeb.baggrund_code <> 'uoplyst'),
            (
                'parallel_indsats',
                exists (
                    select 1 from parallelle_indsatser
                    where parallelle_indsatser.forloeb_key = forloeb.forloeb_key
                )
            )
        ) as felt (navn, udfyldt)

),

afslutning_felt as (

    select
        jobcenter_key,
        'afslutning' as felt,
        afslutning_code <> 'uoplyst' as udfyldt
    from forloeb
    where not er_loebende

),

virksomheder_per_jobcenter as (

    select distinct
        forloeb.jobcenter_key,
        tilknytninger.virksomhed_key
    from tilknytninger
    inner join forloeb on tilknytninger.forloeb_key = forloeb.forloeb_key

),

virksomhed_felter as (

    select
        virksomheder_per_jobcenter.jobcenter_key,
        felt.navn as felt,
        felt.udfyldt
    from virksomheder_per_jobcenter
    inner join virksomheder on virksomheder_per_jobcenter.virksomhed_key = virksomheder.virksomhed_key
    cross join
        lateral (
            values
            ('virksomhedstype', virksomheder.virksomhedstype_code <> 'uoplyst'),
            ('branche', virksomheder.branche <> 'uoplyst'),
            ('erfaring', virksomheder.erfaring_code <> 'uoplyst')
        ) as felt (navn, udfyldt)

),

mentor_felt as (

    select
        jobcenter_key,
        'fuldtid' as felt,
        fuldtid_code <> 'uoplyst' as udfyldt
    from mentorer

),

tid_felt as (

    select
        jobcenter_key,
        'transport' as felt,
        transport_minutter is not null as udfyldt
    from tidsforbrug

),

alle_felter as (

    select * from borger_felter
    union all
    select * from forloeb_felter
    union all
    select * from afslutning_felt
    union all
    select * from virksomhed_felter
    union all
    select * from mentor_felt
    union all
    select * from tid_felt

),

counted as (

    select
        jobcenter_key,
        felt,
        count(*) as antal,
        count(*) filter (where udfyldt) as antal_udfyldt
    from alle_felter
    group by jobcenter_key, felt

)

select
    jobcentre.jobcenter_key,
    felter.felt,
    felter.enhed,
    cast(coalesce(counted.antal, 0) as integer) as antal,
    cast(coalesce(counted.antal_udfyldt, 0) as integer) as antal_udfyldt,
    cast(counted.antal_udfyldt * 100.0 / counted.antal as numeric(18, 10)) as udfyldt_pct
from jobcentre
cross join felter
left join counted
    on
        jobcentre.jobcenter_key = counted.jobcenter_key
        and felter.felt = counted.felt
