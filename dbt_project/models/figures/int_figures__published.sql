with

published as (

    select * from {{ ref('published_figure') }}

),

effective_deliveries as (

    select * from {{ ref('int_deliveries__effective') }}

),

parsed as (

    select
        published.id,
        published.document,
        published.place,
        published.measure,
        published.value as published_value,
        published.unit,
        published.flag,
        published.reproduce,
        published.kilder,
        published.note,
        published.reason,
        -- key=value pairs joined by |; a value may itself hold an equals sign.
        (
            select coalesce(jsonb_object_agg(split_part(pair, '=', 1), substr(pair, strpos(pair, '=') + 1)), '{}')
            from unnest(string_to_array(published.dimensions, '|')) as pair
        ) as dimensions,
        -- Words, ranges and dates have no number.
        case
            when published.value ~ '^-?[0-9]+([.][0-9]+)?$' then cast(published.value as numeric)
        end as published_numeric,
        case
            when published.value ~ '^-?[0-9]+([.][0-9]+)?$' then length(split_part(published.value, '.', 2))
        end as decimals,
        not exists (
            select 1
            from unnest(string_to_array(published.kilder, '|')) as needed
            where needed not in (select effective_deliveries.source from effective_deliveries)
        ) as loaded
    from published

)

select
    id,
    document,
    place,
    measure,
    dimensions,
    published_value,
    published_numeric,
    decimals,
    unit,
    flag,
    reproduce,
    kilder,
    loaded,
    note,
    reason
from parsed
