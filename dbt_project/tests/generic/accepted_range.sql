{#- A number lies between two bounds, both included. -#}
{% test accepted_range(model, column_name, at_least, at_most) %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} < {{ at_least }} or {{ column_name }} > {{ at_most }}

{% endtest %}
