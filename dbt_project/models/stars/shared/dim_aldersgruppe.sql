with

aldersgruppe as (

    select * from {{ ref('aldersgruppe') }}

)

select
    kode,
    label_da,
    label_en,
    sortering,
    fra_alder,
    til_alder
from aldersgruppe
