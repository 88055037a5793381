with

visitation as (

    select * from {{ ref('int_visitation__perioder') }}

),

loebende as (

    select * from {{ ref('int_indsatser__loebende') }}

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'biflis'

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

span as (

    select
        min(maaned) as fra,
        max(opgoerelse_dato) as til
    from maaneder

),

covered as (

    select
        visitation.person_key,
        visitation.visitationskategori_code,
        greatest(visitation.fra_dato, span.fra) as fra,
        least(coalesce(visitation.til_dato, span.til + 1), span.til + 1) as til
    from visitation
    cross join span

),

-- Who has which category on the reading day of a month; til is the first day without it.
categories as (

    select
        covered.person_key,
        covered.visitationskategori_code,
        maaneder.maaned,
        maaneder.opgoerelse_dato
    from covered
    cross join
        lateral generate_series(
            date_trunc('month', cast(covered.fra as timestamp)), cast(covered.til as timestamp), interval '1 month'
        ) as serie (maaned)
    inner join maaneder on serie.maaned = maaneder.maaned
    where
        maaneder.opgoerelse_dato >= covered.fra
        and maaneder.opgoerelse_dato < covered.til

),

with_mentor as (

    select distinct
        person_key,
        maaned
    from loebende
    where indsats = 'mentor'

),

placed as (

    select
        categories.maaned,
        categories.opgoerelse_dato,
        categories.visitationskategori_code,
        categories.person_key,
        coalesce(versioner.kommune_code, 'uoplyst') as kommune_code,
        with_mentor.person_key is not null as har_mentor
    from categories
    left join with_mentor
        on
            categories.person_key = with_mentor.person_key
            and categories.maaned = with_mentor.maaned
    {{ as_of_join('versioner', 'versioner', 'categories.person_key', 'categories.opgoerelse_dato') }}

)

select
    maaned,
    kommune_code,
    visitationskategori_code,
    opgoerelse_dato,
    cast(count(*) as integer) as antal_borgere,
    cast(count(*) filter (where har_mentor) as integer) as antal_med_mentor
from placed
group by maaned, kommune_code, visitationskategori_code, opgoerelse_dato
