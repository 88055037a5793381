{#- A code dimension from its list, with a member for what is missing (rules.md P6). -#}
{% macro code_dimension(code_list) -%}
with

code_list as (

    select * from {{ code_list }}

),

with_uoplyst as (

    select
        kode,
        label_da,
        label_en,
        sortering,
        gyldig_fra,
        gyldig_til
    from code_list

    union all

    select
        'uoplyst' as kode,
        'Uoplyst' as label_da,
        'Not stated' as label_en,
        999 as sortering,
        date '1900-01-01' as gyldig_fra,
        cast(null as date) as gyldig_til

)

select
    kode,
    label_da,
    label_en,
    sortering,
    gyldig_fra,
    gyldig_til
from with_uoplyst
{%- endmacro %}
