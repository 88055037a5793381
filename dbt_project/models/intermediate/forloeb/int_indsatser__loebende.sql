with

indsatser as (

    select * from {{ ref('int_indsatser') }}

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'biflis'

),

last_day as (

    select max(opgoerelse_dato) as dag
    from maaneder

),

-- An indsats that runs on, or far into the future, is followed no longer than the delivery covers.
covered as (

    select
        indsatser.indsats_key,
        indsatser.person_key,
        indsatser.indsats,
        indsatser.start_dato,
        least(coalesce(indsatser.slut_dato, last_day.dag), last_day.dag) as til_og_med
    from indsatser
    cross join last_day

)

select
    covered.indsats_key,
    covered.person_key,
    covered.indsats,
    maaneder.maaned,
    maaneder.opgoerelse_dato
from covered
cross join
    lateral generate_series(
        date_trunc('month', cast(covered.start_dato as timestamp)),
        cast(covered.til_og_med as timestamp),
        interval '1 month'
    ) as serie (maaned)
inner join maaneder on serie.maaned = maaneder.maaned
where
    maaneder.opgoerelse_dato >= covered.start_dato
    and maaneder.opgoerelse_dato <= covered.til_og_med
