-- Somebody on benefit must be in the register: who is not is a fault of linkage, not somebody who left (rules.md R8).
{{ config(severity='warn') }}

with

udfald as (

    select * from {{ ref('fct_udfald') }}

)

select person_key
from udfald
where er_studiets_foerste and understatus_code = 'ikke_i_dream'
group by person_key
