{#- A row for every column of every table of bi, as the project describes it: what people and tools read before they
    query. Only a run knows the whole project, so elsewhere there is no row. -#}
{% macro columns_of_bi() -%}
    {%- set rows = [] -%}
    {%- if execute and graph is defined -%}
        {%- for model in graph.nodes.values() if model.resource_type == 'model' and 'bi' in model.config.tags -%}
            {%- set points_to = {} -%}
            {%- for key in model.config.meta.get('foreign_keys', []) if key['columns'] | length == 1 -%}
                {%- do points_to.update({key['columns'][0]: (key['to'], key['to_columns'][0])}) -%}
            {%- endfor -%}
            {%- set keys = model.constraints | selectattr('type', 'equalto', 'primary_key') | list -%}
            {%- for column in model.columns.values() -%}
                {%- set to = points_to.get(column.name, (none, none)) -%}
                {%- do rows.append((
                    model.name, loop.index, column.name, column.data_type, column.name in keys[0].columns,
                    to[0], to[1], column.description, model.description
                )) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    select
        cast(null as text) as tabel,
        cast(null as integer) as nummer,
        cast(null as text) as kolonne,
        cast(null as text) as datatype,
        cast(null as boolean) as er_noegle,
        cast(null as text) as peger_paa_tabel,
        cast(null as text) as peger_paa_kolonne,
        cast(null as text) as beskrivelse_en,
        cast(null as text) as tabel_beskrivelse
    where false
    {%- for row in rows %}
    union all
    select
        {%- for value in row %}
        {% if value is none %}null{% elif value is boolean or value is number %}{{ value }}
        {%- else %}'{{ value | replace("'", "''") }}'{% endif %}{{ "," if not loop.last }}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}
