with

stoetteforloeb as (

    select * from {{ ref('stg_webreg__stoetteforloeb') }}

),

borgere as (

    select * from {{ ref('stg_webreg__borgere') }}

),

mentorer as (

    select * from {{ ref('stg_webreg__mentorer') }}

),

begivenheder as (

    select * from {{ ref('stg_webreg__begivenheder') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

-- "Borgeren afslutter sin deltagelse" is the end marker when no end date is registered (rules.md C9).
participation_ended as (

    select
        kilde_forloeb_id,
        min(start_dato) as slut_dato
    from begivenheder
    where begivenhed_code = 'BEG18'
    group by kilde_forloeb_id

),

joined as (

    select
        stoetteforloeb.kilde_forloeb_id,
        stoetteforloeb.kilde_mentor_id,
        borgere.person_key,
        mentorer.kilde_jobcenter_id,
        stoetteforloeb.start_dato,
        stoetteforloeb.forsoergelse_code,
        stoetteforloeb.forsoergelse_2008_code,
        stoetteforloeb.baggrund_code,
        stoetteforloeb.afslutning_code,
        borgere.koen_code,
        borgere.alder,
        borgere.uddannelse_code,
        coalesce(stoetteforloeb.slut_dato, participation_ended.slut_dato) as slut_dato,
        case
            when stoetteforloeb.slut_dato is not null then 'slut_dato'
            when participation_ended.slut_dato is not null then 'BEG18'
        end as slut_kilde,
        -- Earliest start, ties by lowest id (rules.md R24).
        row_number() over (
            partition by borgere.person_key
            order by stoetteforloeb.start_dato, cast(stoetteforloeb.kilde_forloeb_id as numeric)
        ) as forloeb_nummer
    from stoetteforloeb
    inner join borgere on stoetteforloeb.kilde_borger_id = borgere.kilde_borger_id
    inner join mentorer on stoetteforloeb.kilde_mentor_id = mentorer.kilde_mentor_id
    left join participation_ended on stoetteforloeb.kilde_forloeb_id = participation_ended.kilde_forloeb_id

),

-- A citizen belongs to the jobcentre of the mentor of the first forløb (rules.md R2).
home_jobcentre as (

    select
        person_key,
        kilde_jobcenter_id
    from joined
    where forloeb_nummer = 1

)

select
    {{ surrogate_key(["'webreg'", 'joined.kilde_forloeb_id']) }} as forloeb_key,
    {{ surrogate_key(["'webreg'", 'joined.kilde_mentor_id']) }} as mentor_key,
    {{ surrogate_key(["'webreg'", 'home_jobcentre.kilde_jobcenter_id']) }} as jobcenter_key,
    {{ surrogate_key(["'webreg periode'", 'joined.kilde_forloeb_id']) }} as stoetteperiode_key,
    versioner.borger_key,
    joined.person_key,
    joined.kilde_forloeb_id,
    home_jobcentre.kilde_jobcenter_id,
    joined.start_dato,
    joined.slut_dato,
    joined.slut_kilde,
    joined.forloeb_nummer = 1 as er_foerste_forloeb,
    joined.forsoergelse_code,
    joined.forsoergelse_2008_code,
    joined.baggrund_code,
    joined.koen_code,
    joined.alder,
    joined.uddannelse_code,
    -- An ended forløb without a registered outcome is uoplyst; a running one has none yet.
    case
        when joined.slut_dato is null then joined.afslutning_code
        else coalesce(joined.afslutning_code, 'uoplyst')
    end as afslutning_code
from joined
inner join home_jobcentre on joined.person_key = home_jobcentre.person_key
{{ as_of_join('versioner', 'versioner', 'joined.person_key', 'joined.start_dato') }}
