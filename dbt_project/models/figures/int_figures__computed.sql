{#- Where the figures come from. A topic is silent until a delivery of each of its sources counts. `grundlag`: the model
    says how many rows of a fact counted; `naevner_grundlag`: it says so of the denominator too. -#}
{% set topics = [
    {'model': 'int_figures__citizens', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__outcomes', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__companies', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__hours', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__capacity', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__completeness', 'kilder': ['webreg']},
    {'model': 'int_figures__cross_tables', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__study_citizens', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_durations', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_durations_dream', 'kilder': ['biflis', 'dream'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_starts', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_providers', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_running', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_budget', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_status', 'kilder': ['biflis', 'dream'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_retention', 'kilder': ['biflis', 'dream'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__study_references', 'kilder': ['biflis'], 'grundlag': true, 'naevner_grundlag': true},
    {'model': 'int_figures__references', 'kilder': []},
] %}

with

effective_deliveries as (

    select * from {{ ref('int_deliveries__effective') }}

)

{% for topic in topics %}
    select
        measure,
        dimensions,
        figure_value,
        unit,
        taeller,
        naevner,
        {{ 'grundlag' if topic.grundlag else 'cast(null as jsonb)' }} as grundlag,
        {{ 'naevner_grundlag' if topic.naevner_grundlag else 'cast(null as jsonb)' }} as naevner_grundlag,
        '{{ topic.model }}' as model_navn,
        '{{ topic.kilder | join("|") }}' as kilder
    from {{ ref(topic.model) }}
    where
        true
        {% for kilde in topic.kilder %}
            and '{{ kilde }}' in (select effective_deliveries.source from effective_deliveries)
        {% endfor %}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
