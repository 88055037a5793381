with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}

),

kontakter as (

    select * from {{ ref('stg_biflis__mentorkontakt') }}

),

biflis as (

    select * from {{ ref('stg_biflis__serviceniveau') }}

),

koebenhavn as (

    select * from {{ ref('koebenhavn_serviceniveau') }}
    where laesning = '{{ var("koebenhavn_90_minutter_fra") }}'

),

slagelse as (

    select * from {{ ref('serviceniveau_slagelse') }}

),

krydsliste as (

    select * from {{ ref('serviceniveau_krydsliste') }}

),

-- rules.md section 7: which department of Slagelse would serve the citizen.
placed as (

    select
        forloeb_key,
        mentortype_code,
        kommune_code,
        start_dato,
        case
            when maalgruppe_code in ('4', '5', '7', '11') then 'Arbejdsfastholdelse'
            when alder_ved_start < 30 then 'Unge'
            when alder_ved_start >= 30 then 'Voksen'
        end as afdeling
    from forloeb
    where start_dato <= opgoerelse_dato

),

-- Several types of the catalogue may be one mentortype: the lowest minimum and the highest maximum of them count.
against_slagelse as (

    select
        placed.forloeb_key,
        'slagelse' as katalog,
        '330' as katalog_kommune_code,
        placed.afdeling,
        cast(min(slagelse.timer_pr_uge_min) * 60 as integer) as minutter_min,
        cast(max(slagelse.timer_pr_uge_max) * 60 as integer) as minutter_max
    from placed
    inner join krydsliste
        on
            placed.mentortype_code = krydsliste.mentortype
            and placed.start_dato >= krydsliste.gyldig_fra
            and (krydsliste.gyldig_til is null or placed.start_dato < krydsliste.gyldig_til)
    inner join slagelse
        on
            placed.afdeling = slagelse.afdeling
            and krydsliste.type = slagelse.mentortype
    group by placed.forloeb_key, placed.afdeling

),

against_koebenhavn as (

    select
        placed.forloeb_key,
        'koebenhavn' as katalog,
        '101' as katalog_kommune_code,
        cast(null as text) as afdeling,
        koebenhavn.minutter_pr_uge as minutter_min,
        koebenhavn.minutter_pr_uge as minutter_max
    from placed
    inner join koebenhavn
        on
            placed.mentortype_code = koebenhavn.mentortype
            and placed.start_dato >= koebenhavn.gyldig_fra
            and (koebenhavn.gyldig_til is null or placed.start_dato < koebenhavn.gyldig_til)

),

-- Levels of one kommune and mentortype may overlap: the one that began last holds.
against_biflis as (

    select distinct on (placed.forloeb_key)
        placed.forloeb_key,
        'biflis' as katalog,
        biflis.kommune_code as katalog_kommune_code,
        cast(null as text) as afdeling,
        biflis.minutter_pr_uge as minutter_min,
        biflis.minutter_pr_uge as minutter_max
    from placed
    inner join biflis
        on
            placed.kommune_code = biflis.kommune_code
            and placed.mentortype_code = biflis.mentortype_code
            and placed.start_dato >= biflis.gyldig_fra
            and (biflis.gyldig_til is null or placed.start_dato < biflis.gyldig_til)
    order by placed.forloeb_key asc, biflis.gyldig_fra desc

),

against_all as (

    select * from against_slagelse
    union all
    select * from against_koebenhavn
    union all
    select * from against_biflis

),

minutes as (

    select
        forloeb.forloeb_key,
        sum(kontakter.minutter) as minutter
    from forloeb
    inner join kontakter on forloeb.kilde_forloeb_id = kontakter.kilde_forloeb_id
    where kontakter.dato between forloeb.start_dato and forloeb.sidste_dato
    group by forloeb.forloeb_key

),

compared as (

    select
        against_all.forloeb_key,
        against_all.katalog,
        against_all.katalog_kommune_code,
        against_all.afdeling,
        against_all.minutter_min,
        against_all.minutter_max,
        forloeb.person_key,
        forloeb.kommune_code,
        forloeb.mentortype_code,
        forloeb.start_dato,
        forloeb.minutter_pr_uge as bevilget,
        forloeb.kommune_code = against_all.katalog_kommune_code as er_egen_kommune,
        -- Less than a week says nothing about a week.
        case
            when forloeb.sidste_dato - forloeb.start_dato >= 6
                then
                    cast(coalesce(minutes.minutter, 0) as numeric)
                    * 7 / (forloeb.sidste_dato - forloeb.start_dato + 1)
        end as leveret
    from against_all
    inner join forloeb on against_all.forloeb_key = forloeb.forloeb_key
    left join minutes on against_all.forloeb_key = minutes.forloeb_key

)

select
    forloeb_key,
    katalog,
    person_key,
    kommune_code,
    katalog_kommune_code,
    mentortype_code,
    start_dato,
    er_egen_kommune,
    katalog = 'slagelse' as er_krydsliste,
    afdeling,
    minutter_min,
    minutter_max,
    bevilget as bevilget_minutter_pr_uge,
    trim_scale(leveret) as leveret_minutter_pr_uge,
    case
        when bevilget < minutter_min then 'under'
        when bevilget > minutter_max then 'over'
        else 'inden_for'
    end as bevilget_vurdering,
    case
        when leveret < minutter_min then 'under'
        when leveret > minutter_max then 'over'
        when leveret is not null then 'inden_for'
    end as leveret_vurdering,
    er_egen_kommune and bevilget < minutter_min as er_bevilget_under,
    er_egen_kommune and coalesce(leveret < minutter_min, false) as er_leveret_under
from compared
