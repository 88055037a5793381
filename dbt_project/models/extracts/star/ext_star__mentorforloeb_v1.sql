with

maaneder as (

    select
        {{ periode('maaned', 'maaned') }} as periode,
        maaned,
        opgoerelse_dato
    from {{ ref('int_maaneder') }}
    where kilde = 'biflis'

),

forloeb as (

    select * from {{ udleverbare('fct_mentorforloeb') }} as af_begge_kilder
    where kilde = 'biflis'

),

versioner as (

    select * from {{ udleverbare('int_borgere__versioner') }} as alle_versioner

),

kommuner as (

    select * from {{ ref('kommune_region') }}

),

-- First and last day count, as in fct_bestand_maaned; in a month a forløb has one status.
i_maaneden as (

    select
        maaneder.periode,
        forloeb.person_key,
        forloeb.mentortype_code,
        forloeb.maalgruppe_code,
        forloeb.alder_ved_start,
        case
            when forloeb.start_dato >= maaneder.maaned and forloeb.slut_dato <= maaneder.opgoerelse_dato
                then 'startet_og_afsluttet'
            when forloeb.start_dato >= maaneder.maaned then 'startet'
            when forloeb.slut_dato <= maaneder.opgoerelse_dato then 'afsluttet'
            else 'loebende'
        end as status,
        least(forloeb.slut_dato, maaneder.opgoerelse_dato) as sidste_dag
    from maaneder
    inner join forloeb
        on
            maaneder.opgoerelse_dato >= forloeb.start_dato
            and (forloeb.slut_dato is null or maaneder.maaned <= forloeb.slut_dato)

),

-- The citizen's kommune on the last day of the month, or of the forløb in it (rules.md R24).
placeret as (

    select
        i_maaneden.periode,
        i_maaneden.person_key,
        {{ omraade('kommune_code', 'versioner') }} as kommune,
        i_maaneden.mentortype_code,
        i_maaneden.maalgruppe_code,
        i_maaneden.alder_ved_start,
        i_maaneden.status
    from i_maaneden
    {{ as_of_join('versioner', 'versioner', 'i_maaneden.person_key', 'i_maaneden.sidste_dag') }}

)

select
    placeret.periode,
    placeret.person_key,
    placeret.kommune,
    coalesce(kommuner.region_code, 'uoplyst') as region,
    placeret.mentortype_code as mentortype,
    placeret.maalgruppe_code as maalgruppe,
    {{ aldersbaand('placeret.alder_ved_start') }} as aldersgruppe,
    case when placeret.status in ('startet', 'loebende') then 'fortsaetter' else 'slut' end as ved_udgangen,
    placeret.status
from placeret
left join kommuner on placeret.kommune = kommuner.kommune_code
