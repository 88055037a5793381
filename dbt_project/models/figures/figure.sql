{% set topics = [
    'int_figures__citizens',
    'int_figures__outcomes',
    'int_figures__companies',
    'int_figures__hours',
    'int_figures__capacity',
    'int_figures__cross_tables',
    'int_figures__references',
] %}

with

figures as (

    {% for topic in topics %}
        select
            measure,
            dimensions,
            value,
            unit
        from {{ ref(topic) }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    measure,
    dimensions,
    cast(value as numeric(38, 18)) as value,
    unit
from figures
