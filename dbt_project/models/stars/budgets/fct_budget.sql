with

budget as (

    select * from {{ ref('stg_biflis__budget') }}

)

select
    aar,
    ordning_code,
    cast(beloeb_mio as numeric(18, 6)) as beloeb_mio,
    cast(implementering_mio as numeric(18, 6)) as implementering_mio,
    cast(beloeb_mio * 1000000 as numeric(18, 2)) as beloeb_dkk,
    cast(implementering_mio * 1000000 as numeric(18, 2)) as implementering_dkk
from budget
