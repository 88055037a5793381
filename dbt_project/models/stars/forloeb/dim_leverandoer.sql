with

leverandoerer as (

    select * from {{ ref('stg_biflis__leverandoer') }}

)

select
    {{ surrogate_key(["'biflis'", 'kilde_leverandoer_id']) }} as leverandoer_key,
    kilde_leverandoer_id,
    navn,
    leverandoertype_code
from leverandoerer
