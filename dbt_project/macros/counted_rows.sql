{#- The rows behind a count, as an object from table to number: each row once, however often a join repeats it.
    `keys` has a key column for each table, and for `borgere` (citizens); `sums` has columns that are counts already.
    `where` is a condition on the rows. -#}
{% macro counted_rows(keys, where=none, sums={}) -%}
    {%- set only = ' filter (where ' ~ where ~ ')' if where else '' -%}
    {%- set parts = [] -%}
    {%- for table, key in keys.items() -%}
        {%- do parts.append("'" ~ table ~ "', count(distinct " ~ key ~ ')' ~ only) -%}
    {%- endfor -%}
    {%- for table, column in sums.items() -%}
        {%- do parts.append("'" ~ table ~ "', coalesce(sum(" ~ column ~ ')' ~ only ~ ', 0)') -%}
    {%- endfor -%}
    jsonb_build_object({{ parts | join(', ') }})
{%- endmacro %}
