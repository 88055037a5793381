with

webreg_borgere as (

    select * from {{ ref('stg_webreg__borgere_historik') }}

),

biflis_borgere as (

    select * from {{ ref('stg_biflis__borger_historik') }}

)

select person_key
from webreg_borgere

union distinct

select person_key
from biflis_borgere
