{% set behind = {'borgere': 'citizens.person_key', 'fct_mentorforloeb': 'citizens.forloeb_key'} %}

with

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

historik as (

    select * from {{ ref('int_borgere__historik') }}
    where kilde = 'biflis'

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'biflis'

),

members as (

    select * from {{ ref('figure_member') }}

),

perioder as (

    select * from {{ ref('figure_period') }}
    where periode = 'studie'

),

kategorier as (

    select * from {{ ref('dim_visitationskategori') }}

),

-- Sex and origin as the delivery of BIFLIS that counts has them; the study knows no other source of them.
citizens as (

    select
        borgere.person_key,
        borgere.forloeb_key,
        borgere.aldersgruppe_30,
        borgere.visitationskategori_code,
        coalesce(historik.koen_code, 'uoplyst') as koen_code,
        coalesce(historik.herkomst_code, 'uoplyst') as herkomst_code,
        -- rules.md P4
        case
            when borgere.alder_ved_start is null then 'uoplyst'
            when borgere.alder_ved_start < 30 then 'under 30'
            when borgere.alder_ved_start < 40 then '30-39'
            when borgere.alder_ved_start < 50 then '40-49'
            else '50+'
        end as aldersgruppe_figur_2
    from borgere
    cross join leveringer
    left join historik
        on
            borgere.person_key = historik.person_key
            and leveringer.covers_dato = historik.covers_dato

),

totals as (

    select
        count(*) as antal,
        {{ counted_rows(behind) }} as grundlag
    from citizens

),

age_groups as (

    select
        members.kode,
        members.medlem as alder,
        count(citizens.person_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from members
    left join citizens on members.kode in ('alle', citizens.aldersgruppe_30)
    where members.dimension = 'alder_30'
    group by members.kode, members.medlem

),

age_bands as (

    select
        members.medlem as alder,
        count(citizens.person_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from members
    left join citizens on members.kode = citizens.aldersgruppe_figur_2
    where members.dimension = 'alder_figur_2'
    group by members.medlem

),

-- An age that is not known has a row in Figur 1 and else a place in the totals.
profiles as (

    select
        age_groups.alder,
        age_groups.antal as i_alt,
        age_groups.grundlag as naevner_grundlag,
        members.dimension,
        members.medlem,
        count(citizens.person_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from age_groups
    cross join members
    left join citizens
        on
            age_groups.kode in ('alle', citizens.aldersgruppe_30)
            and members.kode = case members.dimension
                when 'koen' then citizens.koen_code
                else citizens.herkomst_code
            end
    where
        members.dimension in ('koen', 'herkomst')
        and age_groups.kode <> 'uoplyst'
    group by age_groups.alder, age_groups.antal, age_groups.grundlag, members.dimension, members.medlem

),

-- A finding (rules.md R22): the scheme is for aktivitetsparate.
other_categories as (

    select
        kategorier.label_da as visitationskategori,
        count(citizens.person_key) as antal,
        {{ counted_rows(behind) }} as grundlag
    from kategorier
    left join citizens on kategorier.kode = citizens.visitationskategori_code
    where kategorier.kode <> 'aktivitetsparat'
    group by kategorier.label_da

),

counted as (

    select
        'citizens_in_study' as measure,
        jsonb_build_object('period', perioder.betegnelse) as dimensions,
        totals.antal as taeller,
        cast(null as bigint) as naevner,
        'borgere' as unit,
        totals.grundlag,
        cast(null as jsonb) as naevner_grundlag
    from totals
    cross join perioder

    union all

    select
        'citizens_first_course' as measure,
        jsonb_build_object('alder', age_groups.alder, 'period', perioder.betegnelse) as dimensions,
        age_groups.antal as taeller,
        null as naevner,
        'borgere' as unit,
        age_groups.grundlag,
        null as naevner_grundlag
    from age_groups
    cross join perioder

    union all

    select
        'citizens_first_course_share' as measure,
        jsonb_build_object('alder', age_groups.alder, 'period', perioder.betegnelse) as dimensions,
        age_groups.antal as taeller,
        totals.antal as naevner,
        'pct' as unit,
        age_groups.grundlag,
        totals.grundlag as naevner_grundlag
    from age_groups
    cross join totals
    cross join perioder

    union all

    select
        'age_share' as measure,
        jsonb_build_object(
            'gruppe', 'helhedsorienteret mentor', 'alder', age_bands.alder, 'asof', '2014-05'
        ) as dimensions,
        age_bands.antal as taeller,
        totals.antal as naevner,
        'pct' as unit,
        age_bands.grundlag,
        totals.grundlag as naevner_grundlag
    from age_bands
    cross join totals

    union all

    select
        'gender_share' as measure,
        jsonb_build_object('alder', alder, 'koen', medlem) as dimensions,
        antal as taeller,
        i_alt as naevner,
        'pct' as unit,
        grundlag,
        naevner_grundlag
    from profiles
    where dimension = 'koen'

    union all

    select
        'origin_share' as measure,
        jsonb_build_object('gruppe', 'helhedsorienteret mentor', 'alder', alder, 'herkomst', medlem) as dimensions,
        antal as taeller,
        i_alt as naevner,
        'pct' as unit,
        grundlag,
        naevner_grundlag
    from profiles
    where dimension = 'herkomst'

    union all

    select
        'citizens_not_aktivitetsparat' as measure,
        jsonb_build_object(
            'visitationskategori', other_categories.visitationskategori, 'period', perioder.betegnelse
        ) as dimensions,
        other_categories.antal as taeller,
        null as naevner,
        'borgere' as unit,
        other_categories.grundlag,
        null as naevner_grundlag
    from other_categories
    cross join perioder

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
