{#- The exact value of a figure from what was counted and what it was divided by (rules.md R20): a count has no
    denominator, a share is in per cent, and where there is nothing to divide by there is no value. -#}
{% macro figure_value(taeller, naevner, unit) -%}
    case
        when {{ naevner }} is null then trim_scale(cast({{ taeller }} as numeric))
        else trim_scale(
            case {{ unit }} when 'pct' then 100 else 1 end * cast({{ taeller }} as numeric)
            / nullif(cast({{ naevner }} as numeric), 0)
        )
    end
{%- endmacro %}
