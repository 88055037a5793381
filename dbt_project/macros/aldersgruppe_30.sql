{#- The two age groups of document 002 by whole years (rules.md P1-P3). -#}
{% macro aldersgruppe_30(alder) -%}
    case
        when {{ alder }} is null then 'uoplyst'
        when {{ alder }} < 30 then 'under 30'
        else 'fyldt 30'
    end
{%- endmacro %}
