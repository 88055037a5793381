{#- Left join to the version of an SCD2 table that holds at a date: half-open ranges, and a date in a gap (a person who
    vanished from one full refresh and came back) meets the version before it, as a date before all versions meets the
    first one, so no fact loses its person.

    `versions` is a table with gyldig_fra and naeste_gyldig_fra; `key` is the durable key on both sides. -#}
{% macro as_of_join(versions, alias, key, date) -%}
    left join {{ versions }} as {{ alias }}
        on
            {{ key }} = {{ alias }}.{{ key.split('.')[-1] }}
            and greatest({{ date }}, date '1900-01-01') >= {{ alias }}.gyldig_fra
            and ({{ alias }}.naeste_gyldig_fra is null or {{ date }} < {{ alias }}.naeste_gyldig_fra)
{%- endmacro %}
