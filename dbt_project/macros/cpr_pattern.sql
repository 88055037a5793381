{#- What could be a CPR number: the regular expression of mentor_dw.masking, word for word (tests/dbt compares them). -#}
{% macro cpr_pattern() -%}
(?<![0-9])(?:[0-3][0-9]|[6-9][0-9]|[1-9])\s?(?:0[1-9]|1[0-2])\s?[0-9]{2}\s*[-\u2010-\u2015]?\s*[0-9]\s?[0-9]{3}(?![0-9])
{%- endmacro %}
