with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}
    where mentortype_code = 'helhedsorienteret'

),

kontakter as (

    select * from {{ ref('stg_biflis__mentorkontakt') }}

),

uger as (

    select * from {{ ref('compliance_kontakt_uge') }}

),

uger_i_alt as (

    select
        forloeb_key,
        count(*) as antal_uger,
        count(*) filter (where not er_undtaget) as antal_krav,
        count(*) filter (where er_opfyldt) as antal_opfyldt,
        count(*) filter (where er_opfyldt_personligt) as antal_opfyldt_personligt
    from uger
    group by forloeb_key

),

kontaktdage as (

    select distinct
        forloeb.forloeb_key,
        kontakter.dato
    from forloeb
    inner join kontakter on forloeb.kilde_forloeb_id = kontakter.kilde_forloeb_id
    where kontakter.dato between forloeb.start_dato and forloeb.sidste_dato

),

-- The forløb is bounded by the day before it and the day after it.
bounds as (

    select
        forloeb_key,
        dato
    from kontaktdage
    union all
    select
        forloeb_key,
        start_dato - 1 as dato
    from forloeb
    where start_dato <= sidste_dato
    union all
    select
        forloeb_key,
        sidste_dato + 1 as dato
    from forloeb
    where start_dato <= sidste_dato

),

ophold as (

    select
        forloeb_key,
        lead(dato) over (
            partition by forloeb_key
            order by dato
        ) - dato - 1 as dage
    from bounds

),

laengste as (

    select
        forloeb_key,
        max(dage) as dage
    from ophold
    group by forloeb_key

),

sidste as (

    select
        forloeb_key,
        max(dato) as dato
    from kontaktdage
    group by forloeb_key

)

select
    forloeb.forloeb_key,
    forloeb.person_key,
    forloeb.kommune_code,
    forloeb.start_dato,
    forloeb.sidste_dato,
    forloeb.er_loebende,
    cast(coalesce(uger_i_alt.antal_uger, 0) as integer) as antal_uger,
    cast(coalesce(uger_i_alt.antal_krav, 0) as integer) as antal_krav,
    cast(coalesce(uger_i_alt.antal_opfyldt, 0) as integer) as antal_opfyldt,
    cast(coalesce(uger_i_alt.antal_opfyldt_personligt, 0) as integer) as antal_opfyldt_personligt,
    trim_scale(cast(uger_i_alt.antal_opfyldt as numeric) / nullif(uger_i_alt.antal_krav, 0)) as andel_opfyldt,
    case when uger_i_alt.antal_krav > 0 then uger_i_alt.antal_opfyldt = uger_i_alt.antal_krav end as er_opfyldt,
    sidste.dato as sidste_kontakt_dato,
    coalesce(laengste.dage, 0) as laengste_ophold_dage
from forloeb
left join uger_i_alt on forloeb.forloeb_key = uger_i_alt.forloeb_key
left join laengste on forloeb.forloeb_key = laengste.forloeb_key
left join sidste on forloeb.forloeb_key = sidste.forloeb_key
