{#- The code list of a dimension as receivers get it: code, Danish label, order. -#}
{% macro kodeliste(dimension, kode='kode', label='label_da', sortering='sortering') -%}
select
    cast({{ kode }} as text) as kode,
    {{ label }} as label_da,
    cast({{ sortering }} as integer) as sortering
from {{ dimension }}
{%- endmacro %}
