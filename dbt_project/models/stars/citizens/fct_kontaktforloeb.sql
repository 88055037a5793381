with

kontaktforloeb as (

    select * from {{ ref('stg_biflis__kontaktforloeb') }}

),

sammenlagt as (

    select * from {{ ref('int_kontaktforloeb__sammenlagt') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'kontaktforloeb.kilde_kontaktforloeb_id']) }} as kontaktforloeb_key,
    kontaktforloeb.kilde_kontaktforloeb_id,
    versioner.borger_key,
    kontaktforloeb.person_key,
    versioner.kommune_code,
    kontaktforloeb.kontaktydelse_code,
    kontaktforloeb.start_dato,
    kontaktforloeb.slut_dato,
    kontaktforloeb.slut_dato is null as er_loebende,
    sammenlagt.samlet_start_dato,
    sammenlagt.samlet_slut_dato,
    cast(sammenlagt.antal_sammenlagte as integer) as antal_sammenlagte
from kontaktforloeb
inner join sammenlagt on kontaktforloeb.kilde_kontaktforloeb_id = sammenlagt.kilde_kontaktforloeb_id
{{ as_of_join('versioner', 'versioner', 'kontaktforloeb.person_key', 'kontaktforloeb.start_dato') }}
