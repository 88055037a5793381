-- Every date outside the calendar that a fact points to dim_dato or dim_iso_uge with.
with

stoetteforloeb as (

    select * from {{ ref('stg_webreg__stoetteforloeb') }}

),

tidsforbrug as (

    select * from {{ ref('stg_webreg__tidsforbrug') }}

),

opgaver as (

    select * from {{ ref('stg_webreg__opgaver') }}

),

begivenheder as (

    select * from {{ ref('stg_webreg__begivenheder') }}

),

tilknytninger as (

    select * from {{ ref('stg_webreg__tilknytninger') }}

),

mentorer as (

    select * from {{ ref('stg_webreg__mentorer') }}

),

kontaktforloeb as (

    select * from {{ ref('stg_biflis__kontaktforloeb') }}

),

visitation as (

    select * from {{ ref('stg_biflis__visitation') }}

),

tilbud as (

    select * from {{ ref('stg_biflis__tilbud') }}

),

mentorforloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

aftaler as (

    select * from {{ ref('stg_biflis__mentoraftale') }}

),

kontakter as (

    select * from {{ ref('stg_biflis__mentorkontakt') }}

),

omkostninger as (

    select * from {{ ref('stg_biflis__omkostning') }}

),

serviceniveau as (

    select * from {{ ref('stg_biflis__serviceniveau') }}

),

referencegruppe as (

    select * from {{ ref('stg_biflis__referencegruppe') }}

),

forsoergelse as (

    select * from {{ ref('stg_dream__forsoergelse') }}

),

beskaeftigelse as (

    select * from {{ ref('stg_dream__beskaeftigelse') }}

),

reform as (

    select * from {{ ref('reform') }}

),

maaneder as (

    select * from {{ ref('int_maaneder') }}

),

laesninger as (

    select * from {{ ref('int_udfald__laesninger') }}

),

datoer as (

    select start_dato as dato from stoetteforloeb
    union
    select slut_dato as dato from stoetteforloeb
    union
    select dato from tidsforbrug
    union
    select dato from opgaver
    union
    select start_dato as dato from begivenheder
    union
    select slut_dato as dato from begivenheder
    union
    select start_dato as dato from tilknytninger
    union
    select slut_dato as dato from tilknytninger
    union
    select start_dato as dato from mentorer
    union
    select slut_dato as dato from mentorer
    union
    select start_dato as dato from kontaktforloeb
    union
    select slut_dato as dato from kontaktforloeb
    union
    select fra_dato as dato from visitation
    union
    select til_dato as dato from visitation
    union
    select start_dato as dato from tilbud
    union
    select planlagt_slut_dato as dato from tilbud
    union
    select slut_dato as dato from tilbud
    union
    select start_dato as dato from mentorforloeb
    union
    select planlagt_slut_dato as dato from mentorforloeb
    union
    select slut_dato as dato from mentorforloeb
    union
    select indgaaet_dato as dato from aftaler
    union
    select dato from kontakter
    union
    select periode as dato from omkostninger
    union
    select gyldig_fra as dato from serviceniveau
    union
    select gyldig_til as dato from serviceniveau
    union
    select dato from referencegruppe
    union
    select fra_dato as dato from forsoergelse
    union
    select til_dato - 7 as dato from forsoergelse
    union
    select fra_dato as dato from beskaeftigelse
    union
    select dato from reform
    union
    select maaned as dato from maaneder
    union
    select opgoerelse_dato as dato from maaneder
    union
    select laese_dato as dato from laesninger
    union
    select laese_mandag as dato from laesninger

),

-- Beside a day stands the first of its month, under which tables by month have it.
med_maanedens_foerste as (

    select dato from datoer
    union
    select cast(date_trunc('month', cast(dato as timestamp)) as date) as dato from datoer

)

select dato
from med_maanedens_foerste
where dato not between date '{{ var("calendar_from") }}' and date '{{ var("calendar_to") }}'
