-- agreed_places
select
    navn as jobcenter,
    sum(pladser) as agreed_places
from dim_jobcenter
group by navn;

-- mentors
select
    coalesce(j.navn, 'alle') as jobcenter,
    count(*) as mentors
from dim_mentor as m
inner join dim_jobcenter as j using (jobcenter_key)
where
    m.start_dato <= date '2008-09-15'
    and (m.slut_dato is null or m.slut_dato >= date '2008-09-15')
group by rollup (j.navn);

-- caseload_per_mentor
-- On the day of the report, and on the last day that the delivery covers; a mentor without citizens counts too.
with

dage as (
    select date '2008-09-15' as dato
    union distinct
    select max(covers_dato) as dato
    from fct_personer_levering
    where kilde = 'webreg'
),

mentorer as (
    select
        d.dato,
        j.navn as jobcenter,
        m.mentor_key,
        count(distinct f.person_key) as borgere
    from dage as d
    inner join dim_mentor as m on m.start_dato <= d.dato and (m.slut_dato is null or m.slut_dato >= d.dato)
    inner join dim_jobcenter as j using (jobcenter_key)
    left join fct_mentorforloeb as f
        on
            m.mentor_key = f.mentor_key
            and f.start_dato <= d.dato
            and (f.slut_dato is null or f.slut_dato >= d.dato)
    group by d.dato, j.navn, m.mentor_key
),

sagsmaengder as (
    select
        dato,
        coalesce(jobcenter, 'alle') as jobcenter,
        min(borgere) as mindste,
        percentile_cont(0.5) within group (order by borgere) as median,
        max(borgere) as stoerste
    from mentorer
    group by grouping sets ((dato, jobcenter), (dato))
)

select
    s.jobcenter,
    cast(s.dato as text) as asof,
    v.statistik,
    v.borgere as caseload_per_mentor
from sagsmaengder as s
cross join lateral (
    values
    ('mindste', s.mindste),
    ('median', s.median),
    ('største', s.stoerste)
) as v (statistik, borgere);

-- occupancy
with

dage as (
    select date '2008-09-15' as dato
    union distinct
    select max(covers_dato) as dato
    from fct_personer_levering
    where kilde = 'webreg'
)

select
    j.navn as jobcenter,
    cast(d.dato as text) as asof,
    100.0 * count(distinct f.person_key) / nullif(j.pladser, 0) as occupancy
from dage as d
cross join dim_jobcenter as j
left join fct_mentorforloeb as f
    on
        j.jobcenter_key = f.jobcenter_key
        and f.kilde = 'webreg'
        and f.start_dato <= d.dato
        and (f.slut_dato is null or f.slut_dato >= d.dato)
group by j.navn, j.pladser, d.dato;
