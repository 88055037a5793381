with

computed as (

    select * from {{ ref('int_figures__computed') }}

)

select
    measure,
    dimensions,
    -- The name that readers know.
    cast(figure_value as numeric(38, 18)) as value, -- noqa: RF04
    unit
from computed
