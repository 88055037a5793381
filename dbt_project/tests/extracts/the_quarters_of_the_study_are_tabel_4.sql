-- The quarters of the study's period, seven months after the start, are Tabel 4 as published, while nobody is kept
-- out.
with

restricted as (

    select count(*) as persons
    from {{ ref('int_personer__udtraek') }}
    where not maa_udleveres or kommune_er_grov

),

studiet as (

    select
        to_char(fra_dato, 'YYYY"K"Q') as fra,
        to_char(til_dato, 'YYYY"K"Q') as til
    from {{ ref('figure_period') }}
    where periode = 'studie'

),

told as (

    select
        udfald.status_7 as status,
        udfald.aldersgruppe,
        count(*) as antal
    from {{ ref('ext_star__udfald_v1') }} as udfald
    inner join studiet on udfald.periode between studiet.fra and studiet.til
    group by udfald.status_7, udfald.aldersgruppe

),

published as (

    select
        status_code as status,
        aldersgruppe_30 as aldersgruppe,
        count(*) as antal
    from {{ ref('fct_udfald') }}
    where er_studiets_foerste and horisont_maaneder = 7
    group by status_code, aldersgruppe_30

)

select
    coalesce(told.status, published.status) as status,
    coalesce(told.aldersgruppe, published.aldersgruppe) as aldersgruppe
from told
full outer join published on told.status = published.status and told.aldersgruppe = published.aldersgruppe
cross join restricted
where restricted.persons = 0 and told.antal is distinct from published.antal
