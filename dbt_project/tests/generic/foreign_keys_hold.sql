{#- Every key of a fact is found where it points. Takes the very list the publish step makes foreign keys from, so a
    broken key is found in work, before anything is published. Null does not point anywhere. -#}
{% test foreign_keys_hold(model, keys) %}

{% for key in keys %}
select '{{ key.columns | join(", ") }}' as foreign_key
from {{ model }} as child
where
    {% for column in key.columns %}child.{{ column }} is not null and {% endfor %}
    not exists (
        select 1
        from {{ ref(key.to) }} as parent
        where
            {% for column in key.columns %}
            {% if not loop.first %}and {% endif %}parent.{{ key.to_columns[loop.index0] }} = child.{{ column }}
            {% endfor %}
    )
{% if not loop.last %}
union all
{% endif %}
{% endfor %}

{% endtest %}
