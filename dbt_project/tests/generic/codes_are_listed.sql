{#- Every code that an extract tells stands in the list its receiver gets, or is uoplyst, and none is missing. `lists`
    maps columns of the model to seeds or dimensions, with the name of the column where that is not kode
    (dim_status.status_code). The model is read once. -#}
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
        {{ (list ~ '.kode').split('.')[1] }} as kode
    from {{ ref(list.split('.')[0]) }}
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
    codes.kode is distinct from 'uoplyst'
    and not exists (
        select 1
        from listed
        where listed.kolonne = codes.kolonne and listed.kode = codes.kode
    )

{% endtest %}
