with

referencegrupper as (

    select * from {{ ref('fct_referencegruppe') }}

),

serviceniveauer as (

    select * from {{ ref('fct_serviceniveau') }}

),

reformer as (

    select * from {{ ref('dim_reform') }}

),

mentortyper as (

    select * from {{ ref('dim_mentortype') }}

),

slagelse as (

    select * from {{ ref('serviceniveau_slagelse') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

-- The group that the study compares with, in the month that its figure names. The wording of a category differs
-- between deliveries: the printed words win, else their beginning decides.
compared as (

    select
        members.dimension,
        members.medlem,
        cuts.betegnelse,
        (
            array_agg(
                referencegrupper.andel_pct
                order by
                    referencegrupper.kategori = members.medlem desc,
                    referencegrupper.dato desc,
                    referencegrupper.kategori asc
            )
        )[1] as andel_pct,
        least(count(referencegrupper.dato), 1) as raekker
    from members
    inner join cuts on cuts.afgraensning = 'referencegruppe'
    left join referencegrupper
        on
            referencegrupper.gruppe = 'alle aktivitetsparate'
            and to_char(referencegrupper.dato, 'YYYY-MM') = cuts.betegnelse
            and referencegrupper.fordeling_code
            = case members.dimension
                when 'alder_figur_2' then 'alder'
                when 'herkomst' then 'herkomst'
                else 'maalgruppe'
            end
            and lower(referencegrupper.kategori) like members.kode || '%'
    where members.dimension in ('alder_figur_2', 'herkomst', 'referencegruppe') and members.kode <> 'uoplyst'
    group by members.dimension, members.medlem, cuts.betegnelse

),

compared_figures as (

    select
        case dimension
            when 'alder_figur_2' then 'age_share'
            when 'herkomst' then 'origin_share'
            else 'share_with_helhedsorienteret_last_year'
        end as measure,
        case dimension
            when 'alder_figur_2'
                then jsonb_build_object('gruppe', 'alle aktivitetsparate', 'alder', medlem, 'asof', betegnelse)
            when 'herkomst'
                then jsonb_build_object('gruppe', 'alle aktivitetsparate', 'alder', 'alle', 'herkomst', medlem)
            else jsonb_build_object('maalgruppe', medlem)
        end as dimensions,
        andel_pct as figure_value,
        'pct' as unit,
        raekker as referencegrupper,
        0 as serviceniveauer
    from compared

),

-- Copenhagen's level the day before the change and on the day.
weekly_minutes as (

    select
        'weekly_minutes' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'version', versions.version) as dimensions,
        max(serviceniveauer.minutter_pr_uge) as figure_value,
        'minutter pr. uge' as unit,
        0 as referencegrupper,
        count(serviceniveauer.kommune_code) as serviceniveauer
    from reformer
    cross join (
        values
        ('before', 1),
        ('after', 0)
    ) as versions (version, dage_foer)
    left join serviceniveauer
        on
            serviceniveauer.kommune_code = '101'
            and serviceniveauer.mentortype_code = 'helhedsorienteret'
            and reformer.dato - versions.dage_foer >= serviceniveauer.gyldig_fra
            and (
                serviceniveauer.gyldig_til is null or reformer.dato - versions.dage_foer < serviceniveauer.gyldig_til
            )
    where reformer.kode = 'halvfems_minutter'
    group by versions.version

),

planned as (

    select
        'planned_duration' as measure,
        jsonb_build_object('type', kode) as dimensions,
        planlagte_uger as figure_value,
        'uger' as unit,
        0 as referencegrupper,
        0 as serviceniveauer
    from mentortyper
    where planlagte_uger is not null

),

catalogue as (

    select
        one_of.measure,
        jsonb_build_object(
            'afdeling', slagelse.afdeling,
            'alder', slagelse.alder,
            'type', slagelse.mentortype,
            'skal_kan', slagelse.skal_kan
        ) as dimensions,
        one_of.figure_value,
        one_of.unit,
        0 as referencegrupper,
        0 as serviceniveauer
    from slagelse
    cross join
        lateral (
            values
            ('weekly_hours_min', slagelse.timer_pr_uge_min, 'timer pr. uge'),
            ('weekly_hours_max', slagelse.timer_pr_uge_max, 'timer pr. uge'),
            ('duration', slagelse.varighed_maaneder, 'months'),
            ('duration_min', slagelse.varighed_maaneder_min, 'months'),
            ('duration_max', slagelse.varighed_maaneder_max, 'months')
        ) as one_of (measure, figure_value, unit)
    where one_of.figure_value is not null and slagelse.mentortype is not null

    union all

    -- A department without a table of types has one length for its agreements.
    select
        'agreement_max_duration' as measure,
        jsonb_build_object('afdeling', afdeling) as dimensions,
        varighed_maaneder_max as figure_value,
        'months' as unit,
        0 as referencegrupper,
        0 as serviceniveauer
    from slagelse
    where mentortype is null

),

stated as (

    select * from compared_figures
    union all
    select * from weekly_minutes
    union all
    select * from planned
    union all
    select * from catalogue

)

select
    measure,
    dimensions,
    trim_scale(cast(figure_value as numeric)) as figure_value,
    unit,
    cast(null as numeric) as taeller,
    cast(null as numeric) as naevner,
    jsonb_build_object('fct_referencegruppe', referencegrupper, 'fct_serviceniveau', serviceniveauer) as grundlag,
    cast(null as jsonb) as naevner_grundlag
from stated
