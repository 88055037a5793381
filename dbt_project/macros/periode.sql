{#- A day's month, quarter or year as extracts write it: 2016-03, 2016K1, 2016. -#}
{% macro periode(dag, kadence) -%}
    to_char({{ dag }}, '{{ {"maaned": "YYYY-MM", "kvartal": 'YYYY"K"Q', "aar": "YYYY"}[kadence] }}')
{%- endmacro %}
