with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'biflis'

),

refusion as (

    select * from {{ ref('fct_refusion') }}

),

konti as (

    select * from {{ ref('dim_konto') }}

),

kontakter as (

    select * from {{ ref('fct_mentorkontakt') }}

),

cost as (

    select
        refusion.forloeb_key,
        count(*) as antal_bilag,
        sum(refusion.beloeb_dkk) as beloeb_dkk,
        sum(refusion.beloeb_dkk) filter (where konti.udgiftsart = 'opkvalificering') as opkvalificering_dkk,
        sum(refusion.refusion_foer_ramme_dkk) as refusion_foer_ramme_dkk,
        sum(refusion.netto_foer_ramme_dkk) as netto_foer_ramme_dkk,
        sum(refusion.tabt_refusion_dkk) as tabt_refusion_dkk
    from refusion
    inner join konti on refusion.konto_code = konti.kode
    group by refusion.forloeb_key

),

contact as (

    select
        forloeb_key,
        sum(minutter) as personlige_minutter
    from kontakter
    where er_personlig
    group by forloeb_key

)

select
    forloeb.forloeb_key,
    forloeb.person_key,
    forloeb.borger_key,
    forloeb.kommune_code,
    forloeb.mentortype_code as ordning_code,
    forloeb.maalgruppe_code,
    forloeb.start_dato,
    cast(extract(year from forloeb.start_dato) as integer) as start_aar,
    forloeb.slut_dato,
    forloeb.er_loebende,
    not forloeb.er_loebende
    and coalesce(forloeb.afslutning_code in ('job', 'uddannelse'), false) as er_vellykket,
    cast(coalesce(cost.antal_bilag, 0) as integer) as antal_bilag,
    cast(coalesce(cost.beloeb_dkk, 0) as numeric(24, 6)) as beloeb_dkk,
    cast(coalesce(cost.opkvalificering_dkk, 0) as numeric(24, 6)) as opkvalificering_dkk,
    cast(coalesce(cost.refusion_foer_ramme_dkk, 0) as numeric(24, 10)) as refusion_foer_ramme_dkk,
    cast(coalesce(cost.netto_foer_ramme_dkk, 0) as numeric(24, 10)) as netto_foer_ramme_dkk,
    cast(coalesce(cost.tabt_refusion_dkk, 0) as numeric(24, 10)) as tabt_refusion_dkk,
    cast(coalesce(contact.personlige_minutter, 0) as integer) as personlige_minutter
from forloeb
left join cost on forloeb.forloeb_key = cost.forloeb_key
left join contact on forloeb.forloeb_key = contact.forloeb_key
