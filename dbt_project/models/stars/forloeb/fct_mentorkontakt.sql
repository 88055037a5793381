with

kontakter as (

    select * from {{ ref('stg_biflis__mentorkontakt') }}

),

forloeb as (

    select * from {{ ref('int_mentorforloeb__biflis') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'kontakter.kilde_kontakt_id']) }} as kontakt_key,
    kontakter.kilde_kontakt_id,
    forloeb.forloeb_key,
    versioner.borger_key,
    forloeb.person_key,
    kontakter.dato,
    {{ iso_uge_key('kontakter.dato') }} as iso_uge_key,
    kontakter.minutter,
    kontakter.minutter > 0 as er_personlig
from kontakter
inner join forloeb on kontakter.kilde_forloeb_id = forloeb.kilde_forloeb_id
{{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'kontakter.dato') }}
