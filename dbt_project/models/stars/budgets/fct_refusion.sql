with

omkostninger as (

    select * from {{ ref('fct_omkostning') }}

),

regler as (

    select * from {{ ref('int_omkostninger__regler') }}

),

satser as (

    select * from {{ ref('int_refusion__rammesatser') }}

),

joined as (

    select
        omkostninger.omkostning_key,
        omkostninger.forloeb_key,
        omkostninger.person_key,
        omkostninger.kommune_code,
        omkostninger.periode,
        omkostninger.aar,
        omkostninger.ordning_code,
        omkostninger.maalgruppe_code,
        omkostninger.konto_code,
        omkostninger.beloeb_dkk,
        regler.refusionsregel_key,
        regler.refusionsstatus_code,
        coalesce(regler.refusionssats, 0) as refusionssats,
        regler.er_uden_for_ramme,
        regler.ramme_code,
        case regler.refusionsstatus_code
            when 'refunderes_ikke' then coalesce(satser.refusionssats, 0)
            else 0
        end as tabt_sats
    from omkostninger
    inner join regler on omkostninger.omkostning_key = regler.omkostning_key
    left join satser on omkostninger.periode = satser.periode

)

-- Exact products of exact numbers: nothing is rounded before it is summed (rules.md R18).
select
    omkostning_key,
    forloeb_key,
    person_key,
    kommune_code,
    periode,
    aar,
    ordning_code,
    maalgruppe_code,
    konto_code,
    beloeb_dkk,
    refusionsregel_key,
    refusionsstatus_code,
    cast(refusionssats as numeric(5, 4)) as refusionssats,
    cast(beloeb_dkk * refusionssats as numeric(24, 10)) as refusion_foer_ramme_dkk,
    cast(beloeb_dkk - beloeb_dkk * refusionssats as numeric(24, 10)) as netto_foer_ramme_dkk,
    cast(beloeb_dkk * tabt_sats as numeric(24, 10)) as tabt_refusion_dkk,
    er_uden_for_ramme,
    ramme_code
from joined
