with

tidsforbrug as (

    select * from {{ udleverbare('fct_tidsforbrug') }} as alle_registreringer

)

-- An entry belongs to the time of day it begins in (rules.md R5).
select
    {{ periode('dato', 'aar') }} as periode,
    person_key,
    mentor_key,
    opgavetype_code as opgavetype,
    tidsinterval_code as tidsinterval,
    cast(minutter as numeric(10, 0)) as minutter
from tidsforbrug
