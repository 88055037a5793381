with

kilde as (

    select * from {{ ref('kilde') }}

)

select
    kode,
    navn_da,
    sortering
from kilde
