with

serviceniveau as (

    select * from {{ ref('stg_biflis__serviceniveau') }}

)

select
    kommune_code,
    mentortype_code,
    gyldig_fra,
    gyldig_til,
    minutter_pr_uge
from serviceniveau
