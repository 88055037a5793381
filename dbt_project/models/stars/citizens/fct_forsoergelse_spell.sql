with

spells as (

    select * from {{ ref('int_forsoergelse__spells') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(['spells.person_key', 'spells.ydelse_code', 'spells.fra_dato']) }} as spell_key,
    spells.person_key,
    versioner.borger_key,
    spells.ydelse_code,
    {{ iso_uge_key('spells.fra_dato') }} as fra_uge,
    {{ iso_uge_key('(spells.til_dato - 7)') }} as til_uge,
    spells.fra_dato,
    spells.til_dato,
    (spells.til_dato - spells.fra_dato) / 7 as antal_uger,
    coalesce(
        spells.til_dato >= (
            select max(daekning.til_dato)
            from daekning
            where daekning.serie = 'ydelse'
        ), false
    ) as er_afskaaret
from spells
{{ as_of_join('versioner', 'versioner', 'spells.person_key', 'spells.fra_dato') }}
