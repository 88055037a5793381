{#- Every code that an extract tells stands in the list its receiver gets, and none is missing. `lists` maps columns of
    the model to models of code lists. The model is read once. -#}
{% test codes_are_listed(model, lists) %}

with

told as (

    select distinct
        {% for column in lists %}
        {{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ model }}

),

listed as (

    {% for column, list in lists.items() %}
    select
        '{{ column }}' as kolonne,
        kode
    from {{ ref(list) }}
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

)

select distinct
    codes.kolonne,
    codes.kode
from told
cross join lateral (
    values
    {% for column in lists %}
    ('{{ column }}', told.{{ column }}){% if not loop.last %},{% endif %}
    {% endfor %}
) as codes (kolonne, kode)
where
    not exists (
        select 1
        from listed
        where listed.kolonne = codes.kolonne and listed.kode = codes.kode
    )

{% endtest %}
