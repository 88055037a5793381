with

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

-- Nobody changes her day of birth: what is known last holds for all of her life.
select distinct on (person_key)
    person_key,
    foedselsdato
from versioner
order by person_key asc, gyldig_fra desc
