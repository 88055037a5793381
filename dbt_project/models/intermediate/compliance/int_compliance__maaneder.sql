with

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'biflis'

),

indsatser as (

    select * from {{ ref('int_indsatser') }}

),

span as (

    select
        greatest(min(indsatser.start_dato), date '{{ var("calendar_from") }}') as fra,
        max(leveringer.covers_dato) as til
    from indsatser
    cross join leveringer

)

select
    cast(serie.maaned as date) as maaned,
    least(cast(serie.maaned + interval '1 month' - interval '1 day' as date), span.til) as opgoerelse_dato
from span
cross join
    lateral generate_series(
        date_trunc('month', cast(span.fra as timestamp)), cast(span.til as timestamp), interval '1 month'
    ) as serie (maaned)
