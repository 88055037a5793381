with

kontaktforloeb as (

    select * from {{ ref('stg_biflis__kontaktforloeb') }}

),

-- Kontanthjælp and uddannelseshjælp count as one benefit, every other row stands alone (rules.md R11).
grouped as (

    select
        kilde_kontaktforloeb_id,
        person_key,
        start_dato,
        coalesce(slut_dato, date 'infinity') as slut_dato,
        case
            when kontaktydelse_code in ('kontanthjaelp', 'uddannelseshjaelp') then 'kontant'
            else kilde_kontaktforloeb_id
        end as slags
    from kontaktforloeb

),

with_earlier as (

    select
        grouped.kilde_kontaktforloeb_id,
        grouped.person_key,
        grouped.start_dato,
        grouped.slut_dato,
        grouped.slags,
        max(grouped.slut_dato) over (
            partition by grouped.person_key, grouped.slags
            order by grouped.start_dato, grouped.slut_dato, grouped.kilde_kontaktforloeb_id
            rows between unbounded preceding and 1 preceding
        ) as tidligere_slut_dato
    from grouped

),

-- A length begins where nothing before it ends on the same day, the day before, or with one day between.
numbered as (

    select
        kilde_kontaktforloeb_id,
        person_key,
        start_dato,
        slut_dato,
        slags,
        count(*) filter (
            where tidligere_slut_dato is null or start_dato > tidligere_slut_dato + 2
        ) over (
            partition by person_key, slags
            order by start_dato, slut_dato, kilde_kontaktforloeb_id
        ) as laengde_nummer
    from with_earlier

)

select
    kilde_kontaktforloeb_id,
    person_key,
    min(start_dato) over laengde as samlet_start_dato,
    nullif(max(slut_dato) over laengde, date 'infinity') as samlet_slut_dato,
    count(*) over laengde as antal_sammenlagte
from numbered
window
    laengde as (
        partition by person_key, slags, laengde_nummer
    )
