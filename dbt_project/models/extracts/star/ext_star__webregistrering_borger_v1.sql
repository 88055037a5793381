with

forloeb as (

    select * from {{ udleverbare('fct_mentorforloeb') }} as af_begge_kilder
    where kilde = 'webreg'

),

versioner as (

    select * from {{ udleverbare('int_borgere__versioner') }} as alle_versioner

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'webreg'

),

aarene as (

    select
        {{ periode('maaned', 'aar') }} as periode,
        min(maaned) as foerste_dag,
        max(opgoerelse_dato) as opgoerelse_dato
    from maaneder
    group by {{ periode('maaned', 'aar') }}

),

-- A citizen with support in the year counts once in it, as registered in the first forløb of the year.
foerste as (

    select distinct on (aarene.periode, forloeb.person_key)
        aarene.periode,
        forloeb.person_key,
        forloeb.borger_key,
        forloeb.baggrund_code,
        forloeb.aldersgruppe_code,
        forloeb.forsoergelse_code
    from aarene
    inner join forloeb
        on
            aarene.opgoerelse_dato >= forloeb.start_dato
            and (forloeb.slut_dato is null or aarene.foerste_dag <= forloeb.slut_dato)
    order by aarene.periode, forloeb.person_key, forloeb.start_dato, cast(forloeb.kilde_forloeb_id as numeric)

)

select
    foerste.periode,
    foerste.person_key,
    versioner.koen_code as koen,
    foerste.aldersgruppe_code as aldersgruppe,
    foerste.baggrund_code as baggrund,
    versioner.uddannelse_code as uddannelse,
    foerste.forsoergelse_code as forsoergelse
from foerste
inner join versioner on foerste.borger_key = versioner.borger_key
