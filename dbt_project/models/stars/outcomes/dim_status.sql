with

status as (

    select * from {{ ref('status') }}

)

select
    status_code,
    label_da,
    label_en,
    ydelsesgruppe,
    sortering,
    er_offentliggjort
from status
