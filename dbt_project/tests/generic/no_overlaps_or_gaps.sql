{#- The ranges of one key follow each other without overlap or gap, so that every day meets exactly one: half-open, the
    first one from `starts_on`, each up to the start of the next, the last one open. -#}
{% test no_overlaps_or_gaps(model, key, range_from, range_to, starts_on) %}

select numbered.{{ key }}
from (
    select
        {{ key }},
        {{ range_from }},
        {{ range_to }},
        lag({{ range_from }}) over by_start as former_from,
        lead({{ range_from }}) over by_start as next_from
    from {{ model }}
    window by_start as (partition by {{ key }} order by {{ range_from }})
) as numbered
where
    numbered.{{ range_to }} is distinct from numbered.next_from
    or numbered.{{ range_to }} <= numbered.{{ range_from }}
    or (numbered.former_from is null and numbered.{{ range_from }} <> date '{{ starts_on }}')

{% endtest %}
