with

refusion as (

    select * from {{ ref('fct_refusion') }}

),

rammer as (

    select * from {{ ref('refusionsramme') }}

),

used as (

    select
        kommune_code,
        aar,
        ramme_code,
        max(refusionssats) as refusionssats,
        sum(beloeb_dkk) as forbrug_dkk,
        sum(refusion_foer_ramme_dkk) as refusion_foer_ramme_dkk
    from refusion
    where ramme_code is not null
    group by kommune_code, aar, ramme_code

),

-- A frame nobody has used yet is all left.
beside as (

    select
        used.refusionssats,
        rammer.beloeb_dkk as ramme_dkk,
        coalesce(used.kommune_code, rammer.kommune) as kommune_code,
        coalesce(used.aar, rammer.aar) as aar,
        coalesce(used.ramme_code, rammer.ramme) as ramme_code,
        coalesce(used.forbrug_dkk, 0) as forbrug_dkk,
        coalesce(used.refusion_foer_ramme_dkk, 0) as refusion_foer_ramme_dkk
    from used
    full outer join rammer
        on
            used.kommune_code = rammer.kommune
            and used.aar = rammer.aar
            and used.ramme_code = rammer.ramme

),

-- Without the size of the frame nobody can say what is above it.
measured as (

    select
        kommune_code,
        aar,
        ramme_code,
        refusionssats,
        ramme_dkk,
        forbrug_dkk,
        refusion_foer_ramme_dkk,
        case when ramme_dkk is not null then greatest(forbrug_dkk - ramme_dkk, 0) end as over_dkk
    from beside

)

select
    kommune_code,
    aar,
    ramme_code,
    cast(ramme_dkk as numeric(18, 2)) as ramme_dkk,
    cast(forbrug_dkk as numeric(24, 6)) as forbrug_dkk,
    cast(ramme_dkk - least(forbrug_dkk, ramme_dkk) as numeric(24, 6)) as tilbage_dkk,
    cast(over_dkk as numeric(24, 6)) as over_dkk,
    cast(refusion_foer_ramme_dkk as numeric(24, 10)) as refusion_foer_ramme_dkk,
    cast(refusion_foer_ramme_dkk - over_dkk * coalesce(refusionssats, 0) as numeric(24, 10)) as refusion_efter_ramme_dkk
from measured
