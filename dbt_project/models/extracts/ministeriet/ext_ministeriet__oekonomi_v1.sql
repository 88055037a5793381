with

budget as (

    select * from {{ ref('fct_budget') }}

),

refusion as (

    select * from {{ udleverbare('fct_refusion') }} as alle_bilag

)

-- A budget is nobody's: it stands beside the costs and is not spread over them (rules.md section 8).
select
    cast(aar as text) as periode,
    cast(null as bigint) as person_key,
    'budget' as art,
    ordning_code as ordning,
    'uoplyst' as konto,
    'uoplyst' as refusionsstatus,
    cast(beloeb_dkk as numeric(24, 10)) as beloeb_dkk,
    cast(implementering_dkk as numeric(24, 10)) as implementering_dkk,
    cast(null as numeric(24, 10)) as refusion_dkk
from budget

union all

select
    cast(aar as text) as periode,
    person_key,
    'omkostning' as art,
    ordning_code as ordning,
    konto_code as konto,
    refusionsstatus_code as refusionsstatus,
    cast(beloeb_dkk as numeric(24, 10)) as beloeb_dkk,
    cast(null as numeric(24, 10)) as implementering_dkk,
    refusion_foer_ramme_dkk as refusion_dkk
from refusion
