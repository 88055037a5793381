{#- The key under which a person of a source is known; `column` is a qualified column that holds a key of the vault. -#}
{% macro person_key_of(column) -%}
    {{ column }}
{%- endmacro %}
