with

ties as (

    select * from {{ ref('bridge_forloeb_virksomhed') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

companies as (

    select * from {{ ref('dim_virksomhed') }}

),

members as (

    select * from {{ ref('figure_member') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

-- Companies with a tie, not rows of the register (rules.md R4).
ties_by_the_cut as (

    select
        ties.virksomhed_key,
        forloeb.person_key
    from ties
    inner join forloeb on ties.forloeb_key = forloeb.forloeb_key
    inner join cuts
        on
            cuts.afgraensning = 'borgere'
            and ties.start_dato <= cuts.dato

),

citizens_at_companies as (

    select distinct
        virksomhed_key,
        person_key
    from ties_by_the_cut

),

registered as (

    select
        companies.virksomhed_key,
        companies.virksomhedstype_code,
        companies.erfaring_code,
        count(*) as borgere
    from companies
    inner join citizens_at_companies on companies.virksomhed_key = citizens_at_companies.virksomhed_key
    group by companies.virksomhed_key, companies.virksomhedstype_code, companies.erfaring_code

),

counts as (

    select
        'companies_registered' as measure,
        cast('{}' as jsonb) as dimensions,
        cast(count(*) as numeric) as taeller,
        'virksomheder' as unit
    from registered

    union all

    select
        'companies_with_more_than_one_citizen' as measure,
        cast('{}' as jsonb) as dimensions,
        count(*) filter (where borgere > 1) as taeller,
        'virksomheder' as unit
    from registered

    union all

    select
        'citizens_at_registered_companies' as measure,
        cast('{}' as jsonb) as dimensions,
        count(distinct person_key) as taeller,
        'borgere' as unit
    from citizens_at_companies

    union all

    select
        'companies_by_type' as measure,
        jsonb_build_object('virksomhedstype', members.medlem) as dimensions,
        count(registered.virksomhed_key) as taeller,
        'virksomheder' as unit
    from members
    left join registered on members.kode = registered.virksomhedstype_code
    where members.dimension = 'virksomhedstype'
    group by members.medlem

    union all

    select
        'companies_prior_experience' as measure,
        jsonb_build_object('erfaring_saerlige_hensyn', members.medlem) as dimensions,
        count(registered.virksomhed_key) as taeller,
        'virksomheder' as unit
    from members
    left join registered on members.kode = registered.erfaring_code
    where members.dimension = 'erfaring_saerlige_hensyn'
    group by members.medlem

),

-- What all of these are counted from.
behind as (

    select jsonb_build_object('bridge_forloeb_virksomhed', count(*)) as grundlag
    from ties_by_the_cut

)

select
    counts.measure,
    counts.dimensions,
    counts.taeller as figure_value,
    counts.unit,
    counts.taeller,
    cast(null as numeric) as naevner,
    behind.grundlag
from counts
cross join behind
