with

historik as (

    select * from {{ ref('int_borgere__historik') }}

)

select
    kilde,
    covers_dato,
    cast(count(*) as integer) as antal_personer,
    cast(count(*) filter (where er_erstatningsnummer) as integer) as antal_erstatningsnumre
from historik
group by kilde, covers_dato
