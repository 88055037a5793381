with

refusionsstatus as (

    select * from {{ ref('refusionsstatus') }}

)

select
    kode,
    label_da,
    label_en,
    sortering
from refusionsstatus
