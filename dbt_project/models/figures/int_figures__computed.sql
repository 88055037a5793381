{#- Where the figures come from. A topic is silent until a delivery of each of its sources counts. `grundlag`: the model
    says how many rows of a fact counted. `fakta`: it reads, before they become facts, the rows of these facts too. -#}
{% set topics = [
    {'model': 'int_figures__citizens', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__outcomes', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__companies', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__hours', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__capacity', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__completeness', 'kilder': ['webreg']},
    {'model': 'int_figures__cross_tables', 'kilder': ['webreg'], 'grundlag': true},
    {'model': 'int_figures__study_citizens', 'kilder': ['biflis'], 'fakta': '{"fct_mentorforloeb": null}'},
    {'model': 'int_figures__study_durations', 'kilder': ['biflis'], 'fakta': '{"fct_mentorforloeb": null}'},
    {
        'model': 'int_figures__study_durations_dream',
        'kilder': ['biflis', 'dream'],
        'fakta': '{"fct_forsoergelse_spell": null, "fct_mentorforloeb": null}',
    },
    {'model': 'int_figures__study_starts', 'kilder': ['biflis']},
    {'model': 'int_figures__study_providers', 'kilder': ['biflis']},
    {
        'model': 'int_figures__study_running',
        'kilder': ['biflis'],
        'fakta': '{"fct_mentorforloeb": null, "fct_tilbud": null}',
    },
    {'model': 'int_figures__study_budget', 'kilder': ['biflis']},
    {'model': 'int_figures__study_status', 'kilder': ['biflis', 'dream']},
    {'model': 'int_figures__study_retention', 'kilder': ['biflis', 'dream']},
    {'model': 'int_figures__study_references', 'kilder': ['biflis']},
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
        {% if topic.fakta %}
            cast('{{ topic.fakta }}' as jsonb) as grundlag,
        {% else %}
            {{ 'grundlag' if topic.grundlag else 'cast(null as jsonb)' }} as grundlag,
        {% endif %}
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
