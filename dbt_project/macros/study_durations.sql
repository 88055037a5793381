{#- Band of Figur 5 of a length that begins on `from_date` and is read on `to_date` (rules.md R12): completed months, up
    to twelve months to the day, and more; a month is added to the first day, clamped to the month's end. Without a
    first day there is no length. -#}
{% macro prior_duration_band(from_date, to_date) -%}
    case
        when {{ from_date }} is null then 'ingen'
        when {{ to_date }} > {{ from_date }} + interval '36 months' then 'over 3 år'
        when {{ to_date }} > {{ from_date }} + interval '12 months' then '1-3 år'
        when {{ to_date }} >= {{ from_date }} + interval '7 months' then '7-12 mdr'
        when {{ to_date }} >= {{ from_date }} + interval '4 months' then '4-6 mdr'
        else '0-3 mdr'
    end
{%- endmacro %}

{#- Days that one forløb counts in the total duration of Figur 6 (rules.md C4, C6, R13): its own length when it has
    ended by the day the figure is read, else its planned weeks. -#}
{% macro counted_days(start_date, end_date, read_on, planned_weeks) -%}
    case
        when {{ end_date }} <= {{ read_on }} then ({{ end_date }}) - ({{ start_date }})
        else 7 * {{ planned_weeks }}
    end
{%- endmacro %}
