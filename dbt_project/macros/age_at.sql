{#- Whole years at a date (rules.md P3): a birthday counts from its day on, and someone born on 29 February has it on
    28 February in a common year (R19), which is how PostgreSQL adds years to a date. -#}
{% macro age_at(birth_date, date) -%}
    cast(
        extract(year from {{ date }}) - extract(year from {{ birth_date }})
        - case
            when
                {{ birth_date }} + make_interval(
                    years => cast(extract(year from {{ date }}) - extract(year from {{ birth_date }}) as integer)
                ) > {{ date }}
                then 1
            else 0
        end as integer
    )
{%- endmacro %}
