with

forloeb as (

    select * from {{ udleverbare('fct_mentorforloeb') }} as af_begge_kilder
    where kilde = 'biflis'

),

versioner as (

    select * from {{ udleverbare('int_borgere__versioner') }} as alle_versioner

),

udfald as (

    select * from {{ udleverbare('fct_udfald') }} as alle_udfald

),

kommuner as (

    select * from {{ ref('kommune_region') }}

),

placeret as (

    select
        forloeb.forloeb_key,
        forloeb.borger_key,
        forloeb.person_key,
        forloeb.start_dato,
        forloeb.slut_dato,
        forloeb.mentortype_code,
        forloeb.maalgruppe_code,
        forloeb.alder_ved_start,
        {{ periode('forloeb.start_dato', 'aar') }} as periode,
        {{ omraade('kommune_code', 'forloeb') }} as kommune
    from forloeb

),

statusser as (

    select
        forloeb_key,
        max(status_code) filter (where horisont_maaneder = 1) as status_1,
        max(status_code) filter (where horisont_maaneder = 3) as status_3,
        max(status_code) filter (where horisont_maaneder = 6) as status_6,
        max(status_code) filter (where horisont_maaneder = 7) as status_7,
        max(status_code) filter (where horisont_maaneder = 12) as status_12,
        max(status_code) filter (where horisont_maaneder = 24) as status_24
    from udfald
    group by forloeb_key

)

-- Months at the finest, so that no day can be worked out: lengths are whole months begun, first and last included.
select
    placeret.periode,
    placeret.person_key,
    {{ periode('placeret.start_dato', 'maaned') }} as start_maaned,
    {{ periode('placeret.slut_dato', 'maaned') }} as slut_maaned,
    {{ aldersbaand('placeret.alder_ved_start') }} as aldersgruppe,
    versioner.koen_code as koen,
    coalesce(kommuner.region_code, 'uoplyst') as region,
    placeret.mentortype_code as mentortype,
    placeret.maalgruppe_code as maalgruppe,
    cast(
        12 * (extract(year from placeret.slut_dato) - extract(year from placeret.start_dato))
        + extract(month from placeret.slut_dato) - extract(month from placeret.start_dato) + 1
        as integer
    ) as varighed_maaneder,
    statusser.status_1,
    statusser.status_3,
    statusser.status_6,
    statusser.status_7,
    statusser.status_12,
    statusser.status_24
from placeret
inner join versioner on placeret.borger_key = versioner.borger_key
inner join statusser on placeret.forloeb_key = statusser.forloeb_key
left join kommuner on placeret.kommune = kommuner.kommune_code
