with

kilde as (

    select * from {{ ref('kilde') }}

)

select
    kode,
    navn_da,
    navn_en,
    sortering
from kilde
