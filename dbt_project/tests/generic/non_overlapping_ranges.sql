{#- Half-open ranges of one key neither overlap nor are empty; a null end is open. -#}
{% test non_overlapping_ranges(model, key, range_from, range_to) %}

select numbered.{{ key }}
from (
    select
        {{ key }},
        {{ range_from }},
        {{ range_to }},
        lead({{ range_from }}) over (partition by {{ key }} order by {{ range_from }}) as next_from
    from {{ model }}
) as numbered
where
    numbered.{{ range_to }} <= numbered.{{ range_from }}
    or (numbered.next_from is not null and coalesce(numbered.{{ range_to }}, 'infinity') > numbered.next_from)

{% endtest %}
