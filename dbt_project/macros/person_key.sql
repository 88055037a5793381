{#- The key that stands for a person: that of her newest CPR number, as known at the moment whose knowledge is built.
    For the staging models; everything behind them has it already. -#}
{% macro person_key_of(column) -%}
    coalesce(
        (
            select gaeldende.gaeldende_person_key
            from {{ ref('int_personer__gaeldende') }} as gaeldende
            where gaeldende.person_key = {{ column }}
        ), {{ column }}
    )
{%- endmacro %}

{#- The place of a row's CPR number among those of the person, 1 for the newest (and only) one. -#}
{% macro number_order_of(column) -%}
    coalesce(
        (
            select gaeldende.nummer_orden
            from {{ ref('int_personer__gaeldende') }} as gaeldende
            where gaeldende.person_key = {{ column }}
        ), 1
    )
{%- endmacro %}
