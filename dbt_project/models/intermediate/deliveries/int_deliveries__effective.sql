with

known_deliveries as (

    select * from {{ ref('int_deliveries__known') }}

),

ranked as (

    select
        delivery_id,
        source,
        covers,
        covers_dato,
        version,
        row_number() over (partition by source order by covers_dato desc, version desc) as seneste_foerst
    from known_deliveries

)

select
    delivery_id,
    source,
    covers,
    covers_dato,
    version
from ranked
where seneste_foerst = 1
