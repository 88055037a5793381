with

forloeb as (

    select * from {{ udleverbare('fct_mentorforloeb') }} as af_begge_kilder
    where kilde = 'biflis' and mentortype_code = 'helhedsorienteret'

),

udfald as (

    select * from {{ udleverbare('fct_udfald') }} as alle_horisonter
    where horisont_maaneder in (3, 7, 12)

),

mentortyper as (

    select * from {{ ref('dim_mentortype') }}

),

-- The citizen counts once: the first forløb since the law has helhedsorienteret mentor, ties by lowest id (rules.md C3,
-- R22, R24). So the quarters of the study's period add up to Tabel 4.
foerste as (

    select distinct on (forloeb.person_key)
        forloeb.person_key,
        forloeb.forloeb_key,
        forloeb.start_dato
    from forloeb
    inner join mentortyper
        on
            forloeb.mentortype_code = mentortyper.kode
            and forloeb.start_dato >= mentortyper.gyldig_fra
    order by forloeb.person_key, forloeb.start_dato, cast(forloeb.kilde_forloeb_id as numeric)

),

aflaest as (

    select
        foerste.person_key,
        foerste.start_dato,
        max(udfald.aldersgruppe_30) as aldersgruppe,
        max(udfald.status_code) filter (where udfald.horisont_maaneder = 3) as status_3,
        max(udfald.status_code) filter (where udfald.horisont_maaneder = 7) as status_7,
        max(udfald.status_code) filter (where udfald.horisont_maaneder = 12) as status_12
    from foerste
    inner join udfald on foerste.forloeb_key = udfald.forloeb_key
    group by foerste.person_key, foerste.start_dato

)

-- Who is not followed up yet is in no total and no base of shares (rules.md R7).
select
    {{ periode('start_dato', 'kvartal') }} as periode,
    person_key,
    aldersgruppe,
    case when status_3 = 'ikke_opfulgt' then 'nej' else 'ja' end as opfulgt_3,
    status_3,
    case when status_7 = 'ikke_opfulgt' then 'nej' else 'ja' end as opfulgt_7,
    status_7,
    case when status_12 = 'ikke_opfulgt' then 'nej' else 'ja' end as opfulgt_12,
    status_12
from aflaest
