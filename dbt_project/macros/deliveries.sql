{#- The moment whose knowledge is built: var as_known_at, or now. -#}
{% macro known_at() -%}
    {%- if var('as_known_at') is none -%} now()
    {%- else -%} cast('{{ var("as_known_at") }}' as timestamptz)
    {%- endif -%}
{%- endmacro %}

{#- Id of the delivery of a source that counts. A scalar subquery, so that raw is read through its primary key. -#}
{% macro effective_delivery(source_name) -%}
    (
        select effective.delivery_id
        from {{ ref('int_deliveries__effective') }} as effective
        where effective.source = '{{ source_name }}'
    )
{%- endmacro %}

{#- Before a table that lasts is filled: take out what it holds, if it is there already. -#}
{% macro emptied_in_place() -%}
    {%- if is_incremental() -%} delete from {{ this }} {%- endif -%}
{%- endmacro %}
