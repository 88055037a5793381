{#- The first of several codes that is known: uoplyst loses against a value of a lower source (rules.md R24).
    `columns` stand in the order in which the sources win. -#}
{% macro first_known(columns) -%}
    coalesce(
        {%- for column in columns %}
        nullif({{ column }}, 'uoplyst'),
        {%- endfor %}
        'uoplyst'
    )
{%- endmacro %}
