{#- After a table is filled: count what the planner of the next model needs to know. A view has nothing to count. -#}
{% macro statistics() -%}
    {%- if model.config.materialized != 'view' -%} analyze {{ this }} {%- endif -%}
{%- endmacro %}
