{#- No row is lost or doubled on the way from one model to another, or from two models that are put together.
    `counted_in` is the column in which the model counts them, when a row stands for several. -#}
{% test holds_every_row(model, of, and_of=none, counted_in=none) %}

select
    counts.rows_before,
    counts.rows_after
from (
    select
        (select count(*) from {{ of }}){% if and_of %} + (select count(*) from {{ and_of }}){% endif %} as rows_before,
        (select {% if counted_in %}coalesce(sum({{ counted_in }}), 0){% else %}count(*){% endif %} from {{ model }}) as rows_after
) as counts
where counts.rows_before <> counts.rows_after

{% endtest %}
