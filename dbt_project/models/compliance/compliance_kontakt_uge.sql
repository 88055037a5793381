with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}
    where mentortype_code = 'helhedsorienteret'

),

kontakter as (

    select * from {{ ref('stg_biflis__mentorkontakt') }}

),

kontaktkrav as (

    select * from {{ ref('kontaktkrav') }}
    where mentortype = 'helhedsorienteret'

),

uger as (

    select
        forloeb.forloeb_key,
        forloeb.person_key,
        forloeb.start_dato,
        forloeb.sidste_dato,
        cast(serie.mandag as date) as mandag
    from forloeb
    cross join
        lateral generate_series(
            date_trunc('week', cast(greatest(forloeb.start_dato, date '{{ var("calendar_from") }}') as timestamp)),
            cast(forloeb.sidste_dato as timestamp),
            interval '7 days'
        ) as serie (mandag)
    -- A forloeb that has not begun on the covered day has no week, though it may share one with that day.
    where forloeb.start_dato <= forloeb.sidste_dato

),

kontaktuger as (

    select
        forloeb.forloeb_key,
        cast(date_trunc('week', cast(kontakter.dato as timestamp)) as date) as mandag,
        count(*) filter (where kontakter.minutter > 0) as antal_personlige,
        count(*) filter (where kontakter.minutter = 0) as antal_andre,
        sum(kontakter.minutter) as minutter
    from forloeb
    inner join kontakter on forloeb.kilde_forloeb_id = kontakter.kilde_forloeb_id
    where kontakter.dato between forloeb.start_dato and forloeb.sidste_dato
    group by forloeb.forloeb_key, cast(date_trunc('week', cast(kontakter.dato as timestamp)) as date)

),

-- A week belongs to the year of its Thursday, so the rule of that day is the week's.
with_rule as (

    select
        uger.forloeb_key,
        uger.person_key,
        uger.mandag,
        kontaktkrav.krav,
        kontaktkrav.uger as krav_uger,
        uger.start_dato <= uger.mandag and uger.sidste_dato >= uger.mandag + 6 as er_hel,
        coalesce(kontaktuger.antal_personlige, 0) as antal_personlige,
        coalesce(kontaktuger.antal_andre, 0) as antal_andre,
        coalesce(kontaktuger.minutter, 0) as minutter
    from uger
    inner join kontaktkrav
        on
            uger.mandag + 3 >= kontaktkrav.gyldig_fra
            and (kontaktkrav.gyldig_til is null or uger.mandag + 3 < kontaktkrav.gyldig_til)
    left join kontaktuger
        on
            uger.forloeb_key = kontaktuger.forloeb_key
            and uger.mandag = kontaktuger.mandag

),

with_week_before as (

    select
        forloeb_key,
        person_key,
        mandag,
        krav,
        krav_uger,
        er_hel,
        antal_personlige,
        antal_andre,
        minutter,
        lag(er_hel and krav_uger = 2) over by_week as former_er_hel,
        lag(antal_personlige) over by_week as former_antal_personlige,
        lag(antal_andre) over by_week as former_antal_andre
    from with_rule
    window
        by_week as (
            partition by forloeb_key
            order by mandag
        )

),

-- What is judged in a week: the week itself, or from 2016 the two whole weeks that end with it.
judged as (

    select
        forloeb_key,
        person_key,
        mandag,
        krav,
        antal_personlige,
        antal_andre,
        minutter,
        not er_hel or (krav_uger = 2 and not coalesce(former_er_hel, false)) as er_undtaget,
        antal_personlige > 0 or (krav_uger = 2 and former_antal_personlige > 0) as personlig_i_tide,
        antal_andre > 0 or (krav_uger = 2 and former_antal_andre > 0) as anden_i_tide
    from with_week_before

)

select
    forloeb_key,
    {{ iso_uge_key('mandag') }} as iso_uge_key,
    person_key,
    mandag,
    krav,
    cast(antal_personlige as integer) as antal_personlige,
    cast(antal_andre as integer) as antal_andre,
    cast(minutter as integer) as minutter,
    antal_personlige > 0 as har_personlig,
    antal_andre > 0 as har_anden,
    er_undtaget,
    case when not er_undtaget then coalesce(personlig_i_tide or anden_i_tide, false) end as er_opfyldt,
    case when not er_undtaget then coalesce(personlig_i_tide, false) end as er_opfyldt_personligt
from judged
