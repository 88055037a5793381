with

bilag as (

    select * from {{ ref('int_omkostninger__regler') }}

),

konti as (

    select * from {{ ref('dim_konto') }}

),

-- An account that some target group's vouchers must be on, by the rules in force.
gruppekonti as (

    select
        konto,
        gyldig_fra,
        gyldig_til
    from {{ ref('refusionsregel') }}
    where grundlag = 'maalgruppe' and konto <> 'ikke_oplyst'

),

beside as (

    select
        bilag.omkostning_key,
        bilag.forloeb_key,
        bilag.person_key,
        bilag.periode,
        bilag.mentortype_code,
        bilag.maalgruppe_code,
        bilag.konto_code,
        bilag.regel_konto_code,
        bilag.refusionsstatus_code,
        bilag.beloeb_dkk,
        not konti.er_i_kontoplan as er_uden_for_kontoplan,
        bilag.periode < konti.gyldig_fra or coalesce(bilag.periode >= konti.gyldig_til, false) as er_konto_ikke_i_kraft,
        konti.kan_refunderes = 'ja'
        and coalesce(bilag.periode < konti.refunderes_til, true) as giver_refusion,
        konti.kan_refunderes = 'nej'
        or coalesce(bilag.periode >= konti.refunderes_til, false) as giver_ingen_refusion,
        -- Udskrivning is given whatever the target group, and no source says on which account.
        bilag.regel_konto_code is null
        and coalesce(bilag.grundlag <> 'udskrivning', true)
        and bilag.maalgruppe_code <> 'uoplyst'
        and konti.kan_refunderes <> 'nej'
        and exists (
            select 1
            from gruppekonti
            where
                gruppekonti.konto = bilag.konto_code
                and bilag.periode >= gruppekonti.gyldig_fra
                and bilag.periode < gruppekonti.gyldig_til
        ) as er_anden_gruppes_konto,
        bilag.periode < date_trunc('month', bilag.start_dato)
        or coalesce(bilag.periode > bilag.slut_dato, false) as er_uden_for_forloebet
    from bilag
    inner join konti on bilag.konto_code = konti.kode

),

judged as (

    select
        omkostning_key,
        forloeb_key,
        person_key,
        periode,
        mentortype_code,
        maalgruppe_code,
        konto_code,
        regel_konto_code,
        refusionsstatus_code,
        beloeb_dkk,
        er_uden_for_kontoplan,
        er_konto_ikke_i_kraft,
        er_anden_gruppes_konto or coalesce(konto_code <> regel_konto_code, false) as er_anden_konto_end_reglens,
        refusionsstatus_code = 'refunderes_ikke' and giver_refusion as er_refusion_imod_reglen,
        refusionsstatus_code = 'refunderes' and giver_ingen_refusion as er_uden_refusion_imod_reglen,
        er_uden_for_forloebet
    from beside

)

select
    omkostning_key,
    forloeb_key,
    person_key,
    periode,
    mentortype_code,
    maalgruppe_code,
    konto_code,
    regel_konto_code,
    refusionsstatus_code,
    cast(beloeb_dkk as numeric(20, 6)) as beloeb_dkk,
    er_uden_for_kontoplan,
    er_konto_ikke_i_kraft,
    er_anden_konto_end_reglens,
    er_refusion_imod_reglen,
    er_uden_refusion_imod_reglen,
    er_uden_for_forloebet,
    er_uden_for_kontoplan
    or er_konto_ikke_i_kraft
    or er_anden_konto_end_reglens
    or er_refusion_imod_reglen
    or er_uden_refusion_imod_reglen
    or er_uden_for_forloebet as er_fund
from judged
