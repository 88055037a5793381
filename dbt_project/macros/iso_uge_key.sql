{#- ISO year and week of a day as a number, 200837: the key of dim_iso_uge. -#}
{% macro iso_uge_key(dato) -%}
    cast(extract(isoyear from {{ dato }}) * 100 + extract(week from {{ dato }}) as integer)
{%- endmacro %}
