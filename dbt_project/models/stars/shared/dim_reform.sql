with

reform as (

    select * from {{ ref('reform') }}

)

select
    kode,
    dato,
    navn_da,
    beskrivelse,
    kilde
from reform
