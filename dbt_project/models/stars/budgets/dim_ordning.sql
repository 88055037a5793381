with

mentortype as (

    select * from {{ ref('dim_mentortype') }}

)

-- A budget is named after the kind of mentor support it pays.
select
    kode,
    label_da,
    label_en,
    sortering,
    kode as mentortype_code
from mentortype
