with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'biflis'

),

tilbud as (

    select * from {{ ref('fct_tilbud') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

perioder as (

    select * from {{ ref('figure_period') }}

),

windows as (

    select
        periode,
        fra_dato,
        til_dato,
        betegnelse,
        12 * (extract(year from til_dato) - extract(year from fra_dato))
        + extract(month from til_dato) - extract(month from fra_dato) + 1 as maaneder
    from perioder

),

-- Fyldt 30 and aktivitetsparat on the day the forløb or the offer starts (rules.md R15).
starts as (

    select
        mentortype_code as kode,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from forloeb

    union all

    select
        tilbudstype_code as kode,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from tilbud

),

tabel_2 as (

    select
        members.medlem as redskab,
        windows.betegnelse,
        windows.maaneder,
        count(starts.kode) as antal
    from windows
    inner join members on members.dimension = 'redskab'
    left join starts
        on
            members.kode = starts.kode
            and starts.start_dato between windows.fra_dato and windows.til_dato
            and starts.alder_ved_start >= 30
            and starts.visitationskategori_code = 'aktivitetsparat'
    where windows.periode = 'tabel_2_og_3'
    group by members.medlem, windows.betegnelse, windows.maaneder

),

tabel_2_totals as (

    select
        tabel_2.redskab,
        tabel_2.betegnelse,
        tabel_2.maaneder,
        tabel_2.antal,
        sum(tabel_2.antal) over () as i_alt
    from tabel_2

    union all

    select
        'Total' as redskab,
        tabel_2.betegnelse,
        tabel_2.maaneder,
        sum(tabel_2.antal) as antal,
        sum(tabel_2.antal) as i_alt
    from tabel_2
    group by tabel_2.betegnelse, tabel_2.maaneder

),

-- An extension, a resumption and a change of mentor are a forløb each (rules.md C2).
figur_8 as (

    select
        windows.betegnelse,
        count(forloeb.forloeb_key) as antal
    from windows
    left join forloeb
        on
            forloeb.start_dato between windows.fra_dato and windows.til_dato
            and forloeb.mentortype_code = 'helhedsorienteret'
    where windows.periode in ('figur_8_foerste', 'figur_8_andet')
    group by windows.betegnelse

),

counted as (

    select
        one_of.measure,
        jsonb_build_object(
            'redskab', tabel_2_totals.redskab,
            'period', tabel_2_totals.betegnelse,
            'maalgruppe', 'aktivitetsparate kontanthjælpsmodtagere fyldt 30'
        ) as dimensions,
        tabel_2_totals.antal as taeller,
        one_of.naevner,
        one_of.unit
    from tabel_2_totals
    cross join
        lateral (
            values
            ('started_courses_monthly_avg', tabel_2_totals.maaneder, 'forløb pr. måned'),
            ('started_courses_share', tabel_2_totals.i_alt, 'pct')
        ) as one_of (measure, naevner, unit)

    union all

    select
        'started_courses' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'period', betegnelse) as dimensions,
        antal as taeller,
        null as naevner,
        'forløb' as unit
    from figur_8

)

select
    measure,
    dimensions,
    {{ figure_value('taeller', 'naevner', 'unit') }} as figure_value,
    unit,
    cast(taeller as numeric) as taeller,
    cast(naevner as numeric) as naevner
from counted
