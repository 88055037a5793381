-- mentor_hours, mentor_hours_share
-- The national table. The total of all types is the greatest of the rows.
select
    'alle' as jobcenter,
    '2008-09-10' as asof,
    coalesce(o.label_da, 'I alt') as opgavetype,
    sum(t.minutter) / 60.0 as mentor_hours,
    100.0 * sum(t.minutter) / max(sum(t.minutter)) over () as mentor_hours_share
from fct_tidsforbrug as t
inner join dim_opgavetype as o on t.opgavetype_code = o.kode
where t.dato <= date '2008-09-10'
group by rollup (o.label_da);

-- mentor_hours_share
select
    j.navn as jobcenter,
    coalesce(o.label_da, 'I alt') as opgavetype,
    100.0 * sum(t.minutter) / max(sum(t.minutter)) over (partition by j.navn) as mentor_hours_share
from fct_tidsforbrug as t
inner join dim_jobcenter as j using (jobcenter_key)
inner join dim_opgavetype as o on t.opgavetype_code = o.kode
where t.dato <= date '2008-09-15'
group by grouping sets ((j.navn, o.label_da), (j.navn));

-- mentor_hours
-- The months are those that the report prints for a jobcentre.
with

perioder as (
    select
        dimensions ->> 'jobcenter' as jobcenter,
        dimensions ->> 'period' as period
    from figure_published
    where measure = 'mentor_hours' and dimensions ? 'period'
)

select
    coalesce(j.navn, 'alle') as jobcenter,
    min(p.period) as period,
    sum(t.minutter) / 60.0 as mentor_hours
from fct_tidsforbrug as t
inner join dim_jobcenter as j using (jobcenter_key)
left join perioder as p on j.navn = p.jobcenter
where t.dato <= date '2008-09-15'
group by rollup (j.navn);

-- mentor_hours
select
    'alle' as jobcenter,
    '2008-09-15' as asof,
    t.tidsinterval_code as tidsinterval,
    coalesce(o.label_da, 'I alt') as opgavetype,
    sum(t.minutter) / 60.0 as mentor_hours
from fct_tidsforbrug as t
inner join dim_opgavetype as o on t.opgavetype_code = o.kode
where t.dato <= date '2008-09-15'
group by grouping sets ((t.tidsinterval_code, o.label_da), (t.tidsinterval_code));

-- mentor_hours_share_by_time
select
    'alle' as jobcenter,
    tidsinterval_code as tidsinterval,
    100.0 * sum(minutter) / sum(sum(minutter)) over () as mentor_hours_share_by_time
from fct_tidsforbrug
where dato <= date '2008-09-15'
group by tidsinterval_code;

-- mentor_hours_per_citizen
-- Hours and citizens are summed apart and divided once.
with

timer as (
    select
        jobcenter_key,
        sum(minutter) / 60.0 as timer
    from fct_tidsforbrug
    where dato <= date '2008-09-15'
    group by jobcenter_key
),

borgere as (
    select
        jobcenter_key,
        count(distinct person_key) as borgere
    from fct_mentorforloeb
    where kilde = 'webreg' and start_dato <= date '2008-09-15'
    group by jobcenter_key
)

select
    j.navn as jobcenter,
    coalesce(timer.timer, 0) / borgere.borgere as mentor_hours_per_citizen
from dim_jobcenter as j
inner join borgere using (jobcenter_key)
left join timer using (jobcenter_key);

-- registration_completeness
select
    j.navn as jobcenter,
    case k.felt
        when 'koen' then 'Køn'
        when 'alder' then 'Alder'
        when 'uddannelse' then 'Uddannelse'
        when 'forsoergelse' then 'Forsørgelsesgrundlag'
        when 'baggrund' then 'Baggrund for tilbud'
        when 'parallel_indsats' then 'Parallelle indsatser'
        when 'afslutning' then 'Afslutning'
        when 'virksomhedstype' then 'Type af virksomhed'
        when 'branche' then 'Branche'
        when 'erfaring' then 'Erfaring med særlige hensyn'
        when 'fuldtid' then 'Fuldtid'
        when 'transport' then 'Heraf transport'
    end as felt,
    100.0 * sum(k.antal_udfyldt) / nullif(sum(k.antal), 0) as registration_completeness
from fct_registreringskomplethed as k
inner join dim_jobcenter as j using (jobcenter_key)
group by j.navn, k.felt;
