-- What a figure of the Copenhagen study says it was counted and divided from is what it counts: the forløb and offers
-- where it is about those, else the citizens; and nothing is in a share that is not in what it is a share of.
with

bases as (

    select
        *,
        measure ~ '^(started_courses|retention_mentor|courses_|prior_duration_all_courses|job_or_education)'
            as taeller_forloeb
    from {{ ref('figure_basis') }}
    where
        model_navn like 'int_figures__study_%'
        and taeller is not null
        -- Money, and an example without a row.
        and measure not in ('budget', 'budget_implementation', 'worked_example_total_duration')

),

compared as (

    select
        measure,
        dimensions,
        taeller,
        -- The months of a monthly mean are no rows.
        case when measure <> 'started_courses_monthly_avg' then naevner end as naevner,
        grundlag,
        naevner_grundlag,
        case
            when taeller_forloeb
                then
                    cast(grundlag ->> 'fct_mentorforloeb' as integer)
                    + coalesce(cast(grundlag ->> 'fct_tilbud' as integer), 0)
            else antal_borgere
        end as talt,
        case
            when taeller_forloeb
                then
                    cast(naevner_grundlag ->> 'fct_mentorforloeb' as integer)
                    + coalesce(cast(naevner_grundlag ->> 'fct_tilbud' as integer), 0)
            else naevner_antal_borgere
        end as naevner_talt
    from bases

)

select
    measure,
    dimensions
from compared
where
    talt is distinct from taeller
    or naevner_talt is distinct from naevner
    or exists (
        select 1
        from jsonb_each_text(compared.grundlag) as dele (tabel, antal)
        where cast(dele.antal as integer) > cast(compared.naevner_grundlag ->> dele.tabel as integer)
    )
