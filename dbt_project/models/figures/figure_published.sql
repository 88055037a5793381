with

published as (

    select * from {{ ref('int_figures__published') }}

),

documents as (

    select * from {{ ref('source_document') }}

),

definitions as (

    select * from {{ ref('figure_definition') }}

),

figures as (

    select * from {{ ref('figure') }}

),

compared as (

    select
        published.id,
        published.document,
        documents.titel as kildedokument,
        published.place,
        published.measure,
        published.dimensions,
        published.published_value,
        published.published_numeric,
        published.decimals,
        published.unit,
        published.flag,
        published.reproduce,
        published.loaded,
        definitions.measure is not null as defined,
        published.note,
        published.reason,
        figures.value as computed_value,
        figures.value - published.published_numeric as difference,
        -- What "about" may mean: a twentieth, a point (a tenth below one), or two per cent and at least one.
        case
            when published.unit = 'fraction' then 0.05
            when published.unit = 'pct' and published.published_numeric >= 1 then 1
            when published.unit = 'pct' then 0.1
            else greatest(1, 0.02 * abs(published.published_numeric))
        end as tolerance
    from published
    inner join documents on published.document = documents.document
    left join definitions on published.measure = definitions.measure
    left join figures
        on
            published.measure = figures.measure
            and published.dimensions = figures.dimensions

)

select
    id,
    document,
    kildedokument,
    place,
    measure,
    dimensions,
    published_value,
    published_numeric,
    unit,
    decimals,
    flag,
    reproduce,
    loaded,
    defined,
    computed_value,
    difference,
    case
        when not loaded or not defined or published_numeric is null then null
        -- Rounded once, half up, to the printed decimals (rules.md R20).
        when reproduce in ('exact', 'reference')
            then coalesce(round(computed_value, decimals) = published_numeric, false)
        when reproduce = 'tolerance' then coalesce(abs(difference) <= tolerance, false)
    end as agrees,
    note,
    reason
from compared
