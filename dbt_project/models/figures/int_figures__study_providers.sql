{% set behind = {'borgere': 'with_provider.person_key', 'fct_mentorforloeb': 'with_provider.forloeb_key'} %}

with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'biflis'

),

leverandoerer as (

    select * from {{ ref('dim_leverandoer') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

perioder as (

    select * from {{ ref('figure_period') }}

),

with_provider as (

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        forloeb.mentortype_code,
        forloeb.start_dato,
        leverandoerer.leverandoertype_code
    from forloeb
    inner join leverandoerer on forloeb.leverandoer_key = leverandoerer.leverandoer_key

),

-- Tabel 3 has every fastholdelse forløb that starts in the window (rules.md R16), Figur 9 every helhedsorienteret one.
by_provider as (

    select
        members.dimension,
        members.medlem,
        perioder.betegnelse,
        count(with_provider.start_dato) as antal,
        {{ counted_rows(behind) }} as grundlag
    from perioder
    inner join members
        on
            (perioder.periode = 'tabel_2_og_3' and members.dimension = 'placering')
            or (perioder.periode = 'figur_9' and members.dimension = 'leverandoer')
    left join with_provider
        on
            members.kode = with_provider.leverandoertype_code
            and with_provider.start_dato between perioder.fra_dato and perioder.til_dato
            and with_provider.mentortype_code
            = case members.dimension when 'placering' then 'fastholdelse' else 'helhedsorienteret' end
    group by members.dimension, members.medlem, perioder.betegnelse

),

provider_totals as (

    select
        perioder.betegnelse,
        count(with_provider.start_dato) filter (where with_provider.mentortype_code = 'fastholdelse') as fastholdelse,
        count(with_provider.start_dato) filter (
            where with_provider.mentortype_code = 'helhedsorienteret'
        ) as helhedsorienteret,
        {{ counted_rows(behind, "with_provider.mentortype_code = 'fastholdelse'") }} as fastholdelse_grundlag,
        {{ counted_rows(behind, "with_provider.mentortype_code = 'helhedsorienteret'") }} as helhedsorienteret_grundlag
    from perioder
    left join with_provider on with_provider.start_dato between perioder.fra_dato and perioder.til_dato
    where perioder.periode in ('tabel_2_og_3', 'figur_9')
    group by perioder.betegnelse

),

counted as (

    select
        one_of.measure,
        jsonb_build_object('placering', by_provider.medlem, 'period', by_provider.betegnelse) as dimensions,
        by_provider.antal as taeller,
        one_of.naevner,
        one_of.unit,
        by_provider.grundlag,
        one_of.naevner_grundlag
    from by_provider
    inner join provider_totals on by_provider.betegnelse = provider_totals.betegnelse
    cross join
        lateral (
            values
            ('retention_mentor_count', null, 'antal', null),
            ('retention_mentor_share', provider_totals.fastholdelse, 'pct', provider_totals.fastholdelse_grundlag)
        ) as one_of (measure, naevner, unit, naevner_grundlag)
    where by_provider.dimension = 'placering'

    union all

    select
        'courses_by_provider' as measure,
        jsonb_build_object('leverandoer', by_provider.medlem, 'period', by_provider.betegnelse) as dimensions,
        by_provider.antal as taeller,
        null as naevner,
        'forløb' as unit,
        by_provider.grundlag,
        null as naevner_grundlag
    from by_provider
    where by_provider.dimension = 'leverandoer'

    union all

    select
        'courses_by_provider_share' as measure,
        jsonb_build_object('leverandoer', by_provider.medlem) as dimensions,
        by_provider.antal as taeller,
        provider_totals.helhedsorienteret as naevner,
        'pct' as unit,
        by_provider.grundlag,
        provider_totals.helhedsorienteret_grundlag as naevner_grundlag
    from by_provider
    inner join provider_totals on by_provider.betegnelse = provider_totals.betegnelse
    where by_provider.dimension = 'leverandoer'

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
