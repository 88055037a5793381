{#- No row is lost or doubled on the way from one model to another. -#}
{% test holds_every_row(model, of) %}

select
    counts.rows_before,
    counts.rows_after
from (
    select
        (select count(*) from {{ of }}) as rows_before,
        (select count(*) from {{ model }}) as rows_after
) as counts
where counts.rows_before <> counts.rows_after

{% endtest %}
