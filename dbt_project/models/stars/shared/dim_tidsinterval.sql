with

tidsinterval as (

    select * from {{ ref('tidsinterval') }}

)

select
    kode,
    label_da,
    sortering,
    fra_tid,
    til_tid
from tidsinterval
