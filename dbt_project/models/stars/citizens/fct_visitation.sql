with

visitation as (

    select * from {{ ref('stg_biflis__visitation') }}

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

)

select
    {{ surrogate_key(["'biflis'", 'visitation.kilde_person_key', 'visitation.fra_dato']) }} as visitation_key,
    versioner.borger_key,
    visitation.person_key,
    versioner.kommune_code,
    visitation.visitationskategori_code,
    visitation.fra_dato,
    visitation.til_dato,
    visitation.til_dato is null as er_gaeldende
from visitation
{{ as_of_join('versioner', 'versioner', 'visitation.person_key', 'visitation.fra_dato') }}
