with

spells as (

    select * from {{ ref('int_beskaeftigelse__spells') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(['spells.person_key', 'spells.fra_dato']) }} as spell_key,
    spells.person_key,
    versioner.borger_key,
    spells.branche,
    spells.grad,
    -- rules.md R9
    spells.branche is not null or coalesce(spells.grad > 0, false) as er_i_job,
    spells.fra_dato,
    spells.til_dato,
    cast(
        (extract(year from spells.til_dato) - extract(year from spells.fra_dato)) * 12
        + extract(month from spells.til_dato) - extract(month from spells.fra_dato) as integer
    ) as antal_maaneder,
    coalesce(
        spells.til_dato >= (
            select max(daekning.til_dato)
            from daekning
            where daekning.serie in ('branche', 'grad')
        ), false
    ) as er_afskaaret
from spells
{{ as_of_join('versioner', 'versioner', 'spells.person_key', 'spells.fra_dato') }}
