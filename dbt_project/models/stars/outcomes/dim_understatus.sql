with

understatus as (

    select * from {{ ref('understatus') }}

)

select
    understatus_code,
    label_da,
    label_en,
    status_code,
    sortering
from understatus
