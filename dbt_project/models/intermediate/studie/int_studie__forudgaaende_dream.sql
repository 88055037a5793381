with

borgere as (

    select * from {{ ref('int_studie__borgere') }}

),

i_dream as (

    select distinct person_key
    from {{ ref('stg_dream__person') }}

),

daekning as (

    select * from {{ ref('stg_dream__daekning') }}
    where serie = 'ydelse'

),

spells as (

    select * from {{ ref('int_forsoergelse__spells') }}

),

dim_ydelse as (

    select * from {{ ref('dim_ydelse') }}

),

-- The start of a forløb is read in its ISO week.
starts as (

    select
        borgere.person_key,
        borgere.start_dato,
        cast(date_trunc('week', cast(borgere.start_dato as timestamp)) as date) as start_mandag
    from borgere

),

-- 997 (emigrated) and 999 (dead) are no benefit.
benefits as (

    select
        starts.person_key,
        starts.start_mandag,
        slags.ydelser,
        spells.fra_dato,
        spells.til_dato
    from starts
    inner join spells
        on
            starts.person_key = spells.person_key
            and starts.start_mandag >= spells.fra_dato
    inner join dim_ydelse on spells.ydelse_code = dim_ydelse.kode
    inner join (
        values
        ('kontant- og uddannelseshjælp'),
        ('alle ydelser')
    ) as slags (ydelser)
        on
            (slags.ydelser = 'alle ydelser' and dim_ydelse.gruppe4 <> 'SELV')
            or dim_ydelse.gruppe4 = 'KONTANT'

),

with_earlier as (

    select
        person_key,
        start_mandag,
        ydelser,
        fra_dato,
        til_dato,
        max(til_dato) over (
            partition by person_key, ydelser
            order by fra_dato, til_dato
            rows between unbounded preceding and 1 preceding
        ) as tidligere_til_dato
    from benefits

),

-- Up to four weeks without it do not part a length (rules.md section 3).
numbered as (

    select
        person_key,
        start_mandag,
        ydelser,
        fra_dato,
        til_dato,
        count(*) filter (
            where tidligere_til_dato is null or fra_dato > tidligere_til_dato + 28
        ) over (
            partition by person_key, ydelser
            order by fra_dato, til_dato
        ) as laengde_nummer
    from with_earlier

),

lengths as (

    select
        person_key,
        ydelser,
        min(fra_dato) as ydelse_fra_dato,
        count(*) as antal_spells
    from numbered
    group by person_key, ydelser, laengde_nummer, start_mandag
    having max(til_dato) + 28 >= start_mandag

)

select
    starts.person_key,
    slags.ydelser,
    lengths.ydelse_fra_dato,
    coalesce(lengths.antal_spells, 0) as antal_spells,
    case
        when i_dream.person_key is null or daekning.serie is null then 'uoplyst'
        else {{ prior_duration_band('lengths.ydelse_fra_dato', 'starts.start_dato') }}
    end as varighed
from starts
cross join (
    values
    ('kontant- og uddannelseshjælp'),
    ('alle ydelser')
) as slags (ydelser)
left join i_dream on starts.person_key = i_dream.person_key
left join daekning on starts.start_mandag >= daekning.fra_dato and starts.start_mandag < daekning.til_dato
left join lengths
    on
        starts.person_key = lengths.person_key
        and slags.ydelser = lengths.ydelser
