with

konflikter as (

    select * from {{ ref('int_borgere__konflikter') }}

),

borgere as (

    select * from {{ ref('dim_borger') }}

)

select
    konflikter.person_key,
    konflikter.attribut,
    konflikter.afvigende_kilde,
    konflikter.vindende_kilde,
    borgere.borger_key
from konflikter
inner join borgere
    on
        konflikter.person_key = borgere.person_key
        and borgere.er_gaeldende
