with

refusionsstatus as (

    select * from {{ ref('refusionsstatus') }}

)

select
    kode,
    label_da,
    sortering
from refusionsstatus
