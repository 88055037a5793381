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

statusser as (

    select * from {{ ref('dim_status') }}

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

)

select
    {{ periode('foerste.start_dato', 'kvartal') }} as periode,
    foerste.person_key,
    cast(udfald.horisont_maaneder as text) as horisont,
    -- Who is not followed up yet is in no total and no base of shares (rules.md R7).
    case when statusser.er_offentliggjort then 'ja' else 'nej' end as opfulgt,
    udfald.status_code as status,
    udfald.aldersgruppe_30 as aldersgruppe
from foerste
inner join udfald on foerste.forloeb_key = udfald.forloeb_key
inner join statusser on udfald.status_code = statusser.status_code
