with

aldersgruppe as (

    select * from {{ ref('aldersgruppe') }}

)

select
    kode,
    label_da,
    sortering,
    fra_alder,
    til_alder
from aldersgruppe
