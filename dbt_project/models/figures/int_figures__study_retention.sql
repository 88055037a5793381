with

fastholdelse as (

    select * from {{ ref('fct_fastholdelse') }}
    where kilde = 'biflis' and mentortype_code = 'helhedsorienteret'

),

-- Every horizon and every outcome has a row, zeros included.
grid as (

    select
        horizons.horisont_maaneder,
        outcomes.fastholdelse,
        outcomes.udfald
    from (values (3), (6)) as horizons (horisont_maaneder)
    cross join (
        values
        ('fastholdt', 'fastholdt'),
        ('ikke_fastholdt', 'ikke fastholdt'),
        ('intet_at_fastholde', 'intet at fastholde'),
        ('ikke_opfulgt', 'ikke opfulgt endnu')
    ) as outcomes (fastholdelse, udfald)

),

by_outcome as (

    select
        grid.horisont_maaneder,
        grid.fastholdelse,
        grid.udfald,
        count(fastholdelse.fastholdelse_key) as antal
    from grid
    left join fastholdelse
        on
            grid.horisont_maaneder = fastholdelse.horisont_maaneder
            and grid.fastholdelse = fastholdelse.fastholdelse
    group by grid.horisont_maaneder, grid.fastholdelse, grid.udfald

),

counted as (

    select
        'job_or_education_after_exit' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'maaneder', cast(horisont_maaneder as text), 'udfald', udfald)
            as dimensions,
        antal as taeller,
        cast(null as numeric) as naevner,
        'forløb' as unit
    from by_outcome

    union all

    -- Of those with something to hold who are followed up.
    select
        'job_or_education_held_share' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'maaneder', cast(horisont_maaneder as text)) as dimensions,
        sum(antal) filter (where fastholdelse = 'fastholdt') as taeller,
        sum(antal) as naevner,
        'pct' as unit
    from by_outcome
    where fastholdelse in ('fastholdt', 'ikke_fastholdt')
    group by horisont_maaneder

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner
from counted
