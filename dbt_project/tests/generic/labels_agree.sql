{#- A code that two lists have means the same in both, so that one dimension may hold it once. -#}
{% test labels_agree(model, one, other) %}

select one.kode
from {{ one }} as one
inner join {{ other }} as other on one.kode = other.kode
where one.label_da <> other.label_da or one.label_en <> other.label_en

{% endtest %}
