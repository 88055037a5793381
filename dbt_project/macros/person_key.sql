{#- The key that stands for a person: that of her newest CPR number, as known at the moment whose knowledge is built.
    `column` is a qualified column that holds a key of the vault. For the staging models; what stands behind them has the
    key already. -#}
{% macro person_key_of(column) -%}
    coalesce(
        (
            select gaeldende.gaeldende_person_key
            from {{ ref('int_personer__gaeldende') }} as gaeldende
            where gaeldende.person_key = {{ column }}
        ), {{ column }}
    )
{%- endmacro %}

{#- The place of a row's CPR number among those of its person: 1 is the newest, and the only one of most. -#}
{% macro number_order_of(column) -%}
    coalesce(
        (
            select gaeldende.nummer_orden
            from {{ ref('int_personer__gaeldende') }} as gaeldende
            where gaeldende.person_key = {{ column }}
        ), 1
    )
{%- endmacro %}
