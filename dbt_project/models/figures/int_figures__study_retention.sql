{% set behind = {
    'borgere': 'fastholdelse.person_key',
    'fct_fastholdelse': 'fastholdelse.fastholdelse_key',
    'fct_mentorforloeb': 'fastholdelse.forloeb_key',
} %}

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
        count(fastholdelse.fastholdelse_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from grid
    left join fastholdelse
        on
            grid.horisont_maaneder = fastholdelse.horisont_maaneder
            and grid.fastholdelse = fastholdelse.fastholdelse
    group by grid.horisont_maaneder, grid.fastholdelse, grid.udfald

),

-- Those with something to hold who are followed up.
followed_up as (

    select
        grid.horisont_maaneder,
        count(fastholdelse.fastholdelse_key) filter (where grid.fastholdelse = 'fastholdt') as fastholdt,
        count(fastholdelse.fastholdelse_key) as antal,
        {{ counted_rows(behind, "grid.fastholdelse = 'fastholdt'") }} as grundlag,
        {{ counted_rows(behind) }} as naevner_grundlag
    from grid
    left join fastholdelse
        on
            grid.horisont_maaneder = fastholdelse.horisont_maaneder
            and grid.fastholdelse = fastholdelse.fastholdelse
    where grid.fastholdelse in ('fastholdt', 'ikke_fastholdt')
    group by grid.horisont_maaneder

),

counted as (

    select
        'job_or_education_after_exit' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'maaneder', cast(horisont_maaneder as text), 'udfald', udfald)
            as dimensions,
        antal as taeller,
        cast(null as numeric) as naevner,
        'forløb' as unit,
        grundlag,
        cast(null as jsonb) as naevner_grundlag
    from by_outcome

    union all

    select
        'job_or_education_held_share' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'maaneder', cast(horisont_maaneder as text)) as dimensions,
        fastholdt as taeller,
        antal as naevner,
        'pct' as unit,
        grundlag,
        naevner_grundlag
    from followed_up

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner,
    grundlag,
    naevner_grundlag
from counted
