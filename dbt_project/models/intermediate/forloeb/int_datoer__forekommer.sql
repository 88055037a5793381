-- Every date that a fact points to dim_dato with.
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

maaneder as (

    select * from {{ ref('int_maaneder') }}

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
    select maaned as dato from maaneder
    union
    select opgoerelse_dato as dato from maaneder

)

select dato
from datoer
where dato is not null
