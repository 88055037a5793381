with

historik as (

    select * from {{ ref('int_borgere__historik') }}

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}

)

select
    historik.person_key,
    historik.kilde,
    coalesce(historik.koen_code, 'uoplyst') as koen_code,
    historik.herkomst_code,
    historik.uddannelse_code
from historik
inner join leveringer
    on
        historik.kilde = leveringer.source
        and historik.covers_dato = leveringer.covers_dato
