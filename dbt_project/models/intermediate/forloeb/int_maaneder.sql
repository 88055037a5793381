-- The months that the effective delivery of each source covers, from the first start on. A month is read on its last
-- day, the month of the delivery on the day the delivery covers.
with

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}

),

webreg_forloeb as (

    select * from {{ ref('int_forloeb__samlet') }}

),

biflis_indsatser as (

    select * from {{ ref('int_indsatser') }}

),

begyndelser as (

    select
        'webreg' as kilde,
        min(start_dato) as start_dato
    from webreg_forloeb

    union all

    select
        'biflis' as kilde,
        min(start_dato) as start_dato
    from biflis_indsatser

),

span as (

    select
        leveringer.source as kilde,
        greatest(begyndelser.start_dato, date '{{ var("calendar_from") }}') as fra,
        leveringer.covers_dato as til
    from leveringer
    inner join begyndelser on leveringer.source = begyndelser.kilde
    where begyndelser.start_dato is not null

),

maaneder as (

    select
        span.kilde,
        span.til,
        cast(serie.maaned as date) as maaned
    from span
    cross join
        lateral generate_series(
            date_trunc('month', cast(span.fra as timestamp)), cast(span.til as timestamp), interval '1 month'
        ) as serie (maaned)

)

select
    kilde,
    maaned,
    least(cast(maaned + interval '1 month' - interval '1 day' as date), til) as opgoerelse_dato
from maaneder
