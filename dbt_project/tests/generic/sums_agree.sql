{#- Nothing of an amount is lost, doubled or rounded on the way from one model to another. -#}
{% test sums_agree(model, column, of) %}

select
    totals.total_before,
    totals.total_after
from (
    select
        (select coalesce(sum({{ column }}), 0) from {{ of }}) as total_before,
        (select coalesce(sum({{ column }}), 0) from {{ model }}) as total_after
) as totals
where totals.total_before <> totals.total_after

{% endtest %}
