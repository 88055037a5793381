{#- Where the figures come from. A topic is silent until a delivery of its source counts. -#}
{% set topics = [
    {'model': 'int_figures__citizens', 'kilde': 'webreg'},
    {'model': 'int_figures__outcomes', 'kilde': 'webreg'},
    {'model': 'int_figures__companies', 'kilde': 'webreg'},
    {'model': 'int_figures__hours', 'kilde': 'webreg'},
    {'model': 'int_figures__capacity', 'kilde': 'webreg'},
    {'model': 'int_figures__cross_tables', 'kilde': 'webreg'},
    {'model': 'int_figures__references', 'kilde': none},
] %}

with

effective_deliveries as (

    select * from {{ ref('int_deliveries__effective') }}

),

figures as (

    {% for topic in topics %}
        select
            measure,
            dimensions,
            figure_value,
            unit
        from {{ ref(topic.model) }}
        {% if topic.kilde %}
            where '{{ topic.kilde }}' in (select effective_deliveries.source from effective_deliveries)
        {% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    measure,
    dimensions,
    -- The name that readers know.
    cast(figure_value as numeric(38, 18)) as value, -- noqa: RF04
    unit
from figures
