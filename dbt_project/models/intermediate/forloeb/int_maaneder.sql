-- The months that the effective delivery covers, from the first forløb on. A month is read on its last day, the month
-- of the delivery on the day the delivery covers.
with

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'webreg'

),

forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

span as (

    select
        greatest(min(forloeb.start_dato), date '{{ var("calendar_from") }}') as fra,
        max(leveringer.covers_dato) as til
    from forloeb
    cross join leveringer

),

maaneder as (

    select cast(serie.maaned as date) as maaned
    from span
    cross join
        lateral generate_series(
            date_trunc('month', cast(span.fra as timestamp)), cast(span.til as timestamp), interval '1 month'
        ) as serie (maaned)

)

select
    maaneder.maaned,
    least(cast(maaneder.maaned + interval '1 month' - interval '1 day' as date), leveringer.covers_dato)
        as opgoerelse_dato
from maaneder
cross join leveringer
