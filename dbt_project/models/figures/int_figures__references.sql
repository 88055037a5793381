with

reference_values as (

    select * from {{ ref('reference_value') }}

),

effective_deliveries as (

    select * from {{ ref('int_deliveries__effective') }}

),

-- The lists of the web registrations under the names that their appendix gives them.
code_lists as (

    select
        'Uddannelses baggrund' as liste,
        count(*) as laengde
    from {{ ref('uddannelse') }}

    union all

    select
        'Forsørgelsesgrundlag' as liste,
        count(*) as laengde
    from {{ ref('forsoergelse') }}

    union all

    select
        'Baggrund for tilbud' as liste,
        count(*) as laengde
    from {{ ref('baggrund') }}

    union all

    select
        'Parallelle indsatser' as liste,
        count(*) as laengde
    from {{ ref('parallel_indsats') }}

    union all

    select
        'Opgaver' as liste,
        count(*) as laengde
    from {{ ref('opgave') }}

    union all

    select
        'Begivenheder' as liste,
        count(*) as laengde
    from {{ ref('begivenhed') }}

    union all

    select
        'Tidsforbrug' as liste,
        count(*) as laengde
    from {{ ref('opgavetype') }}

),

counted_lists as (

    select
        'list_length' as measure,
        jsonb_build_object('liste', liste) as dimensions,
        laengde as figure_value,
        'values' as unit
    from code_lists

    union all

    select
        'time_categories' as measure,
        cast('{}' as jsonb) as dimensions,
        laengde as figure_value,
        'opgavetyper' as unit
    from code_lists
    where liste = 'Tidsforbrug'

)

select
    measure,
    dimensions,
    cast(figure_value as numeric) as figure_value,
    unit,
    cast(figure_value as numeric) as taeller,
    cast(null as numeric) as naevner,
    cast(null as jsonb) as grundlag
from counted_lists
where 'webreg' in (select effective_deliveries.source from effective_deliveries)

union all

select
    reference_values.measure,
    (
        select coalesce(jsonb_object_agg(split_part(pair, '=', 1), substr(pair, strpos(pair, '=') + 1)), '{}')
        from unnest(string_to_array(reference_values.dimensions, '|')) as pair
    ) as dimensions,
    reference_values.value as figure_value,
    reference_values.unit,
    -- Stated, not counted.
    cast(null as numeric) as taeller,
    cast(null as numeric) as naevner,
    cast(null as jsonb) as grundlag
from reference_values
inner join effective_deliveries on reference_values.kilde = effective_deliveries.source
