with

reform as (

    select * from {{ ref('reform') }}

)

select
    kode,
    dato,
    navn_da,
    navn_en,
    beskrivelse,
    kilde
from reform
