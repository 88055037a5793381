with

tidsinterval as (

    select * from {{ ref('tidsinterval') }}

)

select
    kode,
    label_da,
    label_en,
    sortering,
    fra_tid,
    til_tid
from tidsinterval
