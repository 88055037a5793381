{#- What could be a CPR number in free text. Narrower than mentor_dw.masking, so that text that was masked at the door
    never matches (tests/dbt proves it); wide enough for the ways people write a number. -#}
{% macro cpr_pattern() -%}
[0-9]{10,}|(?<![0-9])(?:[0-3][0-9]|[6-9][0-9]|[1-9])\s?(?:0[1-9]|1[0-2])\s?[0-9]{2}\s?[-\u2010-\u2015]?\s?[0-9]{4}(?![0-9])
{%- endmacro %}
