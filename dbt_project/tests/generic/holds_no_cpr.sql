{#- Free text holds nothing that could be a CPR number. The pattern is that of mentor_dw.masking, which masks at the door;
    this is the second look, just before text is published. -#}
{% test holds_no_cpr(model, columns) %}

{% for column in columns %}
select '{{ column }}' as column_name
from {{ model }}
where {{ column }} ~ '{{ cpr_pattern() }}'
{% if not loop.last %}
union all
{% endif %}
{% endfor %}

{% endtest %}
