with

source as (

    select * from {{ source('biflis', 'serviceniveau') }}

),

renamed as (

    select
        kommunekode as kommune_code,
        mentortype as mentortype_code,
        minutter_pr_uge,
        gyldig_fra,
        gyldig_til + 1 as gyldig_til
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    kommune_code,
    mentortype_code,
    minutter_pr_uge,
    gyldig_fra,
    gyldig_til
from renamed
