{#- The four age bands of document 002, Figur 2, by whole years (rules.md P4). -#}
{% macro aldersbaand(alder) -%}
    case
        when {{ alder }} is null then 'uoplyst'
        when {{ alder }} < 30 then 'under 30'
        when {{ alder }} < 40 then '30-39'
        when {{ alder }} < 50 then '40-49'
        else '50+'
    end
{%- endmacro %}
