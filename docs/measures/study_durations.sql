-- prior_duration_count, prior_duration_share
-- A length that runs on the first day of the forløb; over 3 years is a part of over 1 year.
with

laengder as (
    select
        u.person_key,
        u.aldersgruppe_30,
        u.start_dato,
        min(k.samlet_start_dato) as fra_dato
    from fct_overlevelse as u
    left join fct_kontaktforloeb as k
        on
            u.person_key = k.person_key
            and k.kontaktydelse_code in ('kontanthjaelp', 'uddannelseshjaelp')
            and u.start_dato >= k.samlet_start_dato
            and (k.samlet_slut_dato is null or u.start_dato <= k.samlet_slut_dato)
    where u.er_studiets_foerste
    group by u.person_key, u.aldersgruppe_30, u.start_dato
),

baand as (
    select
        aldersgruppe_30,
        case
            when fra_dato is null then array['ingen']
            when start_dato > fra_dato + interval '36 months' then array['over 1 år', 'over 3 år']
            when start_dato > fra_dato + interval '12 months' then array['over 1 år']
            when start_dato >= fra_dato + interval '7 months' then array['7-12 mdr']
            when start_dato >= fra_dato + interval '4 months' then array['4-6 mdr']
            else array['0-3 mdr']
        end as varigheder
    from laengder
),

i_alt as (
    select
        coalesce(aldersgruppe_30, 'alle') as alder,
        count(*) as borgere
    from laengder
    group by rollup (aldersgruppe_30)
),

efter_varighed as (
    select
        coalesce(b.aldersgruppe_30, 'alle') as alder,
        v.varighed,
        count(*) as borgere
    from baand as b
    cross join lateral unnest(b.varigheder) as v (varighed)
    group by grouping sets ((b.aldersgruppe_30, v.varighed), (v.varighed))
)

select
    e.alder,
    e.varighed,
    e.borgere as prior_duration_count,
    100.0 * e.borgere / i.borgere as prior_duration_share
from efter_varighed as e
inner join i_alt as i using (alder)
where e.alder <> 'uoplyst';

-- prior_duration_all_courses_count, prior_duration_all_courses_share
with

laengder as (
    select
        u.forloeb_key,
        u.aldersgruppe_30,
        u.start_dato,
        min(k.samlet_start_dato) as fra_dato
    from fct_overlevelse as u
    left join fct_kontaktforloeb as k
        on
            u.person_key = k.person_key
            and k.kontaktydelse_code in ('kontanthjaelp', 'uddannelseshjaelp')
            and u.start_dato >= k.samlet_start_dato
            and (k.samlet_slut_dato is null or u.start_dato <= k.samlet_slut_dato)
    where
        u.kilde = 'biflis'
        and u.mentortype_code = 'helhedsorienteret'
        and u.start_dato between date '2014-01-01' and date '2015-09-30'
    group by u.forloeb_key, u.aldersgruppe_30, u.start_dato
),

baand as (
    select
        aldersgruppe_30,
        case
            when fra_dato is null then array['ingen']
            when start_dato > fra_dato + interval '36 months' then array['over 1 år', 'over 3 år']
            when start_dato > fra_dato + interval '12 months' then array['over 1 år']
            when start_dato >= fra_dato + interval '7 months' then array['7-12 mdr']
            when start_dato >= fra_dato + interval '4 months' then array['4-6 mdr']
            else array['0-3 mdr']
        end as varigheder
    from laengder
),

i_alt as (
    select
        coalesce(aldersgruppe_30, 'alle') as alder,
        count(*) as forloeb
    from laengder
    group by rollup (aldersgruppe_30)
),

efter_varighed as (
    select
        coalesce(b.aldersgruppe_30, 'alle') as alder,
        v.varighed,
        count(*) as forloeb
    from baand as b
    cross join lateral unnest(b.varigheder) as v (varighed)
    group by grouping sets ((b.aldersgruppe_30, v.varighed), (v.varighed))
)

select
    e.alder,
    e.varighed,
    e.forloeb as prior_duration_all_courses_count,
    100.0 * e.forloeb / i.forloeb as prior_duration_all_courses_share
from efter_varighed as e
inner join i_alt as i using (alder)
where e.alder <> 'uoplyst';

-- prior_duration_dream_count, prior_duration_dream_share
-- Spells at most four weeks apart are one length. Whose start DREAM does not reach, fct_overlevelse says in aarsag.
with

studiet as (
    select
        person_key,
        aldersgruppe_30,
        start_dato,
        date_trunc('week', start_dato)::date as mandag,
        coalesce(aarsag in ('ikke_i_dream', 'foer_registret', 'efter_registret'), false) as er_uoplyst
    from fct_overlevelse
    where er_studiets_foerste
),

slags as (
    select *
    from (values ('kontant- og uddannelseshjælp'), ('alle ydelser')) as v (ydelser)
),

spells as (
    select
        s.ydelser,
        u.person_key,
        u.mandag,
        f.fra_dato,
        f.til_dato,
        max(f.til_dato) over (
            partition by s.ydelser, u.person_key
            order by f.fra_dato, f.til_dato
            rows between unbounded preceding and 1 preceding
        ) as forrige_til_dato
    from studiet as u
    inner join fct_forsoergelse_spell as f on u.person_key = f.person_key and u.mandag >= f.fra_dato
    inner join dim_ydelse as y on f.ydelse_code = y.kode
    inner join slags as s
        on y.gruppe4 = 'KONTANT' or (s.ydelser = 'alle ydelser' and y.gruppe4 <> 'SELV')
),

nummereret as (
    select
        ydelser,
        person_key,
        mandag,
        fra_dato,
        til_dato,
        count(*) filter (where forrige_til_dato is null or fra_dato > forrige_til_dato + 28) over (
            partition by ydelser, person_key
            order by fra_dato, til_dato
        ) as nummer
    from spells
),

laengder as (
    select
        ydelser,
        person_key,
        min(fra_dato) as fra_dato
    from nummereret
    group by ydelser, person_key, mandag, nummer
    having max(til_dato) + 28 >= mandag
),

baand as (
    select
        s.ydelser,
        u.aldersgruppe_30,
        case
            when u.er_uoplyst then array['uoplyst']
            when l.fra_dato is null then array['ingen']
            when u.start_dato > l.fra_dato + interval '36 months' then array['over 1 år', 'over 3 år']
            when u.start_dato > l.fra_dato + interval '12 months' then array['over 1 år']
            when u.start_dato >= l.fra_dato + interval '7 months' then array['7-12 mdr']
            when u.start_dato >= l.fra_dato + interval '4 months' then array['4-6 mdr']
            else array['0-3 mdr']
        end as varigheder
    from studiet as u
    cross join slags as s
    left join laengder as l on u.person_key = l.person_key and s.ydelser = l.ydelser
),

i_alt as (
    select
        coalesce(aldersgruppe_30, 'alle') as alder,
        count(*) as borgere
    from studiet
    group by rollup (aldersgruppe_30)
),

efter_varighed as (
    select
        b.ydelser,
        coalesce(b.aldersgruppe_30, 'alle') as alder,
        v.varighed,
        count(*) as borgere
    from baand as b
    cross join lateral unnest(b.varigheder) as v (varighed)
    group by grouping sets ((b.ydelser, b.aldersgruppe_30, v.varighed), (b.ydelser, v.varighed))
)

select
    e.ydelser,
    e.alder,
    e.varighed,
    e.borgere as prior_duration_dream_count,
    100.0 * e.borgere / i.borgere as prior_duration_dream_share
from efter_varighed as e
inner join i_alt as i using (alder)
where e.alder <> 'uoplyst';

-- total_duration_count, total_duration_share
-- A forløb that runs on the last day of the study counts the weeks that dim_mentortype has as planned.
with

dage as (
    select
        u.person_key,
        u.aldersgruppe_30,
        sum(
            case
                when f.slut_dato <= date '2015-09-30' then f.slut_dato - f.start_dato
                else 7 * m.planlagte_uger
            end
        ) as dage
    from fct_overlevelse as u
    inner join fct_mentorforloeb as f
        on u.person_key = f.person_key and f.kilde = 'biflis' and f.start_dato <= date '2015-09-30'
    inner join dim_mentortype as m on f.mentortype_code = m.kode and m.kode = 'helhedsorienteret'
    where u.er_studiets_foerste
    group by u.person_key, u.aldersgruppe_30
),

baand as (
    select
        aldersgruppe_30,
        case
            when dage <= 91 then '0-3 mdr'
            when dage <= 184 then '3-6 mdr'
            when dage <= 365 then '6-12 mdr'
            else 'mere end 1 år'
        end as varighed
    from dage
)

select
    coalesce(aldersgruppe_30, 'alle') as alder,
    varighed,
    count(*) as total_duration_count,
    100.0 * count(*) / sum(count(*)) over (partition by aldersgruppe_30) as total_duration_share
from baand
group by grouping sets ((aldersgruppe_30, varighed), (varighed))
having coalesce(aldersgruppe_30, 'alle') <> 'uoplyst';

-- share_more_than_one_26_week_course, share_with_several_full_courses
with

forloeb as (
    select
        u.person_key,
        m.planlagte_uger,
        case
            when f.slut_dato <= date '2015-09-30' then f.slut_dato - f.start_dato
            else 7 * m.planlagte_uger
        end as dage
    from fct_overlevelse as u
    inner join fct_mentorforloeb as f
        on u.person_key = f.person_key and f.kilde = 'biflis' and f.start_dato <= date '2015-09-30'
    inner join dim_mentortype as m on f.mentortype_code = m.kode and m.kode = 'helhedsorienteret'
    where u.er_studiets_foerste
),

borgere as (
    select
        person_key,
        sum(dage) as dage,
        count(*) filter (where dage + 1 >= 7 * planlagte_uger) as hele_forloeb
    from forloeb
    group by person_key
)

select
    'alle' as alder,
    100.0 * count(*) filter (where dage > 184) / nullif(count(*), 0) as share_more_than_one_26_week_course,
    100.0 * count(*) filter (where hele_forloeb > 1) / nullif(count(*), 0) as share_with_several_full_courses
from borgere;

-- worked_example_total_duration
-- Two forløb that ran their planned weeks and a third that runs; a year is two of them.
select
    '2' as afsluttede,
    '1' as paabegyndt,
    3 * 7 * planlagte_uger / (2.0 * 7 * planlagte_uger) as worked_example_total_duration
from dim_mentortype
where kode = 'helhedsorienteret';
