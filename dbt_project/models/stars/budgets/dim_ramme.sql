with

ramme as (

    select * from {{ ref('ramme') }}

)

select
    kode,
    label_da,
    label_en,
    sortering,
    gyldig_fra,
    gyldig_til,
    er_kun_mentor,
    kilde
from ramme
