{#- No row is lost or doubled on the way from one model to another, or from two models that are put together. -#}
{% test holds_every_row(model, of, and_of=none) %}

select
    counts.rows_before,
    counts.rows_after
from (
    select
        (select count(*) from {{ of }}){% if and_of %} + (select count(*) from {{ and_of }}){% endif %} as rows_before,
        (select count(*) from {{ model }}) as rows_after
) as counts
where counts.rows_before <> counts.rows_after

{% endtest %}
