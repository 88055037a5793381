with

aktivitetsparate as (

    select * from {{ ref('int_compliance__aktivitetsparate') }}

),

maaneder as (

    select * from {{ ref('int_compliance__maaneder') }}

),

uden_stoette as (

    select * from {{ ref('compliance_aktivitetsparat_uden_stoette') }}

),

borgere as (

    select * from {{ ref('int_borgere__kun_biflis') }}

),

span as (

    select
        min(maaned) as fra,
        max(opgoerelse_dato) as til
    from maaneder

),

covered as (

    select
        aktivitetsparate.person_key,
        greatest(aktivitetsparate.fra_dato, span.fra) as fra_dato,
        least(coalesce(aktivitetsparate.til_dato, span.til + 1), span.til + 1) as til_dato
    from aktivitetsparate
    cross join span

),

-- Who is aktivitetsparat on the reading day, and since when without support.
on_the_day as (

    select
        maaneder.maaned,
        maaneder.opgoerelse_dato,
        covered.person_key,
        maaneder.opgoerelse_dato - uden_stoette.fra_dato + 1 as dage_uden
    from covered
    cross join
        lateral generate_series(
            date_trunc('month', cast(covered.fra_dato as timestamp)),
            cast(covered.til_dato as timestamp),
            interval '1 month'
        ) as serie (maaned)
    inner join maaneder on serie.maaned = maaneder.maaned
    left join uden_stoette
        on
            covered.person_key = uden_stoette.person_key
            and maaneder.opgoerelse_dato >= uden_stoette.fra_dato
            and (uden_stoette.til_dato is null or maaneder.opgoerelse_dato < uden_stoette.til_dato)
    where
        maaneder.opgoerelse_dato >= covered.fra_dato
        and maaneder.opgoerelse_dato < covered.til_dato

),

placed as (

    select
        on_the_day.maaned,
        on_the_day.opgoerelse_dato,
        on_the_day.dage_uden,
        coalesce(borgere.kommune_code, 'uoplyst') as kommune_code
    from on_the_day
    {{ as_of_join('borgere', 'borgere', 'on_the_day.person_key', 'on_the_day.opgoerelse_dato') }}

)

select
    maaned,
    kommune_code,
    opgoerelse_dato,
    cast(count(*) as integer) as antal_aktivitetsparate,
    cast(count(dage_uden) as integer) as antal_uden_stoette,
    cast(count(*) filter (where dage_uden > 28) as integer) as antal_uden_over_4_uger,
    cast(count(*) filter (where dage_uden > 91) as integer) as antal_uden_over_13_uger,
    cast(count(*) filter (where dage_uden > 182) as integer) as antal_uden_over_26_uger,
    percentile_disc(0.5) within group (order by dage_uden asc) as median_dage_uden
from placed
group by maaned, kommune_code, opgoerelse_dato
