with

omkostninger as (

    select * from {{ ref('stg_biflis__omkostning') }}

),

forloeb as (

    select * from {{ ref('int_mentorforloeb__biflis') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'omkostninger.kilde_bilag_id']) }} as omkostning_key,
    omkostninger.kilde_bilag_id,
    forloeb.forloeb_key,
    versioner.borger_key,
    forloeb.person_key,
    versioner.kommune_code,
    omkostninger.periode,
    cast(extract(year from omkostninger.periode) as integer) as aar,
    forloeb.mentortype_code as ordning_code,
    omkostninger.konto as konto_code,
    forloeb.maalgruppe_code,
    cast(omkostninger.beloeb_dkk as numeric(20, 6)) as beloeb_dkk
from omkostninger
inner join forloeb on omkostninger.kilde_forloeb_id = forloeb.kilde_forloeb_id
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'omkostninger.periode') }}
