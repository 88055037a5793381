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
        forloeb_key,
        cast(null as bigint) as tilbud_key,
        person_key,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from forloeb

    union all

    select
        tilbudstype_code as kode,
        null as forloeb_key,
        tilbud_key,
        person_key,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from tilbud

),

redskaber as (

    select
        medlem as redskab,
        kode
    from members
    where dimension = 'redskab'

    union distinct

    select
        'Total' as redskab,
        kode
    from members
    where dimension = 'redskab'

),

tabel_2 as (

    select
        redskaber.redskab,
        windows.betegnelse,
        windows.maaneder,
        count(starts.kode) as antal,
        {{ counted_rows({
            'borgere': 'starts.person_key',
            'fct_mentorforloeb': 'starts.forloeb_key',
            'fct_tilbud': 'starts.tilbud_key',
        }) }} as grundlag
    from windows
    cross join redskaber
    left join starts
        on
            redskaber.kode = starts.kode
            and starts.start_dato between windows.fra_dato and windows.til_dato
            and starts.alder_ved_start >= 30
            and starts.visitationskategori_code = 'aktivitetsparat'
    where windows.periode = 'tabel_2_og_3'
    group by redskaber.redskab, windows.betegnelse, windows.maaneder

),

tabel_2_total as (

    select * from tabel_2
    where redskab = 'Total'

),

-- An extension, a resumption and a change of mentor are a forløb each (rules.md C2).
figur_8 as (

    select
        windows.betegnelse,
        count(forloeb.forloeb_key) as antal,
        {{ counted_rows({
            'borgere': 'forloeb.person_key', 'fct_mentorforloeb': 'forloeb.forloeb_key', 'fct_tilbud': 'null'
        }) }} as grundlag
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
            'redskab', tabel_2.redskab,
            'period', tabel_2.betegnelse,
            'maalgruppe', 'aktivitetsparate kontanthjælpsmodtagere fyldt 30'
        ) as dimensions,
        tabel_2.antal as taeller,
        one_of.naevner,
        one_of.unit,
        tabel_2.grundlag,
        one_of.naevner_grundlag
    from tabel_2
    cross join tabel_2_total
    cross join
        lateral (
            values
            ('started_courses_monthly_avg', tabel_2.maaneder, 'forløb pr. måned', null),
            ('started_courses_share', tabel_2_total.antal, 'pct', tabel_2_total.grundlag)
        ) as one_of (measure, naevner, unit, naevner_grundlag)

    union all

    select
        'started_courses' as measure,
        jsonb_build_object('type', 'helhedsorienteret', 'period', betegnelse) as dimensions,
        antal as taeller,
        null as naevner,
        'forløb' as unit,
        grundlag,
        null as naevner_grundlag
    from figur_8

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
