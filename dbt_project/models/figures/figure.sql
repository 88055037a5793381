{#- Where the figures come from. A topic is silent until a delivery of each of its sources counts. -#}
{% set topics = [
    {'model': 'int_figures__citizens', 'kilder': ['webreg']},
    {'model': 'int_figures__outcomes', 'kilder': ['webreg']},
    {'model': 'int_figures__companies', 'kilder': ['webreg']},
    {'model': 'int_figures__hours', 'kilder': ['webreg']},
    {'model': 'int_figures__capacity', 'kilder': ['webreg']},
    {'model': 'int_figures__completeness', 'kilder': ['webreg']},
    {'model': 'int_figures__cross_tables', 'kilder': ['webreg']},
    {'model': 'int_figures__study_citizens', 'kilder': ['biflis']},
    {'model': 'int_figures__study_durations', 'kilder': ['biflis']},
    {'model': 'int_figures__study_durations_dream', 'kilder': ['biflis', 'dream']},
    {'model': 'int_figures__study_starts', 'kilder': ['biflis']},
    {'model': 'int_figures__study_providers', 'kilder': ['biflis']},
    {'model': 'int_figures__study_running', 'kilder': ['biflis']},
    {'model': 'int_figures__study_budget', 'kilder': ['biflis']},
    {'model': 'int_figures__study_status', 'kilder': ['biflis', 'dream']},
    {'model': 'int_figures__study_retention', 'kilder': ['biflis', 'dream']},
    {'model': 'int_figures__study_references', 'kilder': ['biflis']},
    {'model': 'int_figures__references', 'kilder': []},
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
        where
            true
            {% for kilde in topic.kilder %}
                and '{{ kilde }}' in (select effective_deliveries.source from effective_deliveries)
            {% endfor %}
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
