with

horisont as (

    select * from {{ ref('horisont') }}

)

select
    horisont_maaneder,
    label_da,
    label_en
from horisont
