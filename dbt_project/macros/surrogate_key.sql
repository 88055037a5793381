{#- A stable bigint from one or more SQL expressions: equal input gives the equal key in every build.
    60 of md5's bits, so a key is never negative; a null counts as a value of its own. -#}
{% macro surrogate_key(columns) -%}
    ('x' || substr(md5(
        {%- for column in columns %}
        coalesce(cast({{ column }} as text), '<null>'){% if not loop.last %} || '|' ||{% endif %}
        {%- endfor %}
    ), 1, 15))::bit(60)::bigint
{%- endmacro %}
