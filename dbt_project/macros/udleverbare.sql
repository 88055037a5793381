{#- What an extract may read of the persons in `model` (its name): the rows of those who may be given away, and
    kommune_er_grov beside them. A model without person_key is read by way of its forløb and gets the key:
    `forloeb=true`.
    The one way for extracts to read persons; a test fails for any other (tests/dbt/test_extracts.py). -#}
{% macro udleverbare(model, forloeb=false) -%}
    (
        select
            raekker.*,
            {%- if forloeb %}
            udtraek.person_key,
            {%- endif %}
            udtraek.kommune_er_grov
        from {{ ref(model) }} as raekker
        {%- if forloeb %}
        inner join {{ ref('fct_mentorforloeb') }} as forloeb_af_raekker
            on raekker.forloeb_key = forloeb_af_raekker.forloeb_key
        inner join {{ ref('int_personer__udtraek') }} as udtraek
            on forloeb_af_raekker.person_key = udtraek.person_key
        {%- else %}
        inner join {{ ref('int_personer__udtraek') }} as udtraek on raekker.person_key = udtraek.person_key
        {%- endif %}
        where udtraek.maa_udleveres
    )
{%- endmacro %}

{#- Municipality or jobcentre of a row of `udleverbare`, as text: uoplyst for a person with a protected address.
    `raekke` is what the rows are called in the query. -#}
{% macro omraade(column, raekke) -%}
    case when {{ raekke }}.kommune_er_grov then 'uoplyst' else cast({{ raekke }}.{{ column }} as text) end
{%- endmacro %}
