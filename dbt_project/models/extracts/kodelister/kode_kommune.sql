-- With the regions, which are told in the same column as sums of kommuner.
{{ kodeliste(ref('dim_kommune'), label='navn', sortering='1') }}

union all

{{ kodeliste(ref('region')) }}
