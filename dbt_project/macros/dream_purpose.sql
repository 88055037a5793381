{#- Whether a person of DREAM may be used (rules.md V13): one whom a mentor source knows at the moment that is built, or
    everybody where there is a legal basis for it (var dream_persons: known or all). So a state follows from the
    deliveries decided by then, whatever the order in which they came.

    `column` holds a key of the vault, `known` is a relation with the person_key of everybody who is known. -#}
{% macro dream_person_is_in_purpose(column, known) -%}
    {%- if var('dream_persons') == 'all' -%} true
    {%- else -%} exists (select 1 from {{ known }} where {{ known }}.person_key = {{ person_key_of(column) }})
    {%- endif -%}
{%- endmacro %}
