-- started_courses
select
    'helhedsorienteret' as type,
    p.period,
    count(f.forloeb_key) as started_courses
from (
    values
    ('2014-01..2014-08', date '2014-01-01', date '2014-08-31'),
    ('2015-01..2015-08', date '2015-01-01', date '2015-08-31')
) as p (period, fra_dato, til_dato)
left join fct_mentorforloeb as f
    on
        f.start_dato between p.fra_dato and p.til_dato
        and f.kilde = 'biflis'
        and f.mentortype_code = 'helhedsorienteret'
group by p.period;

-- courses_by_provider
-- Job and employment centres are shown together and apart.
select
    '2014-01..2015-08' as period,
    n.leverandoer,
    count(*) as courses_by_provider
from fct_mentorforloeb as f
inner join dim_leverandoer as l using (leverandoer_key)
inner join (
    values
    ('ekstern', 'Eksterne leverandører'),
    ('jobcenter', 'Job- og beskæftigelsescentre'),
    ('beskaeftigelsescenter', 'Job- og beskæftigelsescentre'),
    ('jobcenter', 'Jobcentre'),
    ('beskaeftigelsescenter', 'Beskæftigelsescentre'),
    ('virksomhed', 'Virksomheder ved frikøb')
) as n (leverandoertype_code, leverandoer) using (leverandoertype_code)
where f.mentortype_code = 'helhedsorienteret' and f.start_dato between date '2014-01-01' and date '2015-08-31'
group by n.leverandoer;

-- courses_by_provider_share
with

forloeb as (
    select
        f.forloeb_key,
        l.leverandoertype_code
    from fct_mentorforloeb as f
    inner join dim_leverandoer as l using (leverandoer_key)
    where f.mentortype_code = 'helhedsorienteret' and f.start_dato between date '2014-01-01' and date '2015-08-31'
)

select
    n.leverandoer,
    100.0 * count(*) / (select count(*) from forloeb) as courses_by_provider_share
from forloeb as f
inner join (
    values
    ('ekstern', 'Eksterne leverandører'),
    ('jobcenter', 'Job- og beskæftigelsescentre'),
    ('beskaeftigelsescenter', 'Job- og beskæftigelsescentre'),
    ('jobcenter', 'Jobcentre'),
    ('beskaeftigelsescenter', 'Beskæftigelsescentre'),
    ('virksomhed', 'Virksomheder ved frikøb')
) as n (leverandoertype_code, leverandoer) using (leverandoertype_code)
group by n.leverandoer;

-- started_courses_monthly_avg, started_courses_share
-- Mentor support and offers that begin in the twelve months, of citizens fyldt 30 and aktivitetsparate that day.
with

starter as (
    select
        mentortype_code as kode,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from fct_mentorforloeb
    where kilde = 'biflis'
    union all
    select
        tilbudstype_code as kode,
        start_dato,
        alder_ved_start,
        visitationskategori_code
    from fct_tilbud
),

redskaber as (
    select
        case
            when kode in ('helhedsorienteret', 'fastholdelse')
                then 'Mentor (fastholdelsesmentor og helhedsorienteret mentorstøtte)'
            when kode = 'vejledning_opkvalificering' then 'Vejledning og opkvalificering'
            when kode in ('virksomhedspraktik', 'nytteindsats') then 'Virksomhedspraktik'
            when kode = 'loentilskud' then 'Løntilskud'
            when kode = 'oevrige' then 'Øvrige'
        end as redskab
    from starter
    where
        start_dato between date '2014-07-01' and date '2015-06-30'
        and alder_ved_start >= 30
        and visitationskategori_code = 'aktivitetsparat'
)

select
    coalesce(redskab, 'Total') as redskab,
    '2014H2..2015H1' as period,
    'aktivitetsparate kontanthjælpsmodtagere fyldt 30' as maalgruppe,
    count(*) / 12.0 as started_courses_monthly_avg,
    100.0 * count(*) / max(count(*)) over () as started_courses_share
from redskaber
where redskab is not null
group by rollup (redskab);

-- retention_mentor_count, retention_mentor_share
select
    '2014H2..2015H1' as period,
    case l.leverandoertype_code
        when 'virksomhed' then 'frikøbt på virksomheden'
        else 'job- eller beskæftigelsescenter eller ekstern leverandør'
    end as placering,
    count(*) as retention_mentor_count,
    100.0 * count(*) / sum(count(*)) over () as retention_mentor_share
from fct_mentorforloeb as f
inner join dim_leverandoer as l using (leverandoer_key)
where f.mentortype_code = 'fastholdelse' and f.start_dato between date '2014-07-01' and date '2015-06-30'
group by 2;

-- budget
select
    aar,
    'helhedsorienteret mentorstøtte' as ordning,
    beloeb_mio as budget
from fct_budget
where ordning_code = 'helhedsorienteret';

-- budget_implementation
select
    aar,
    implementering_mio as budget_implementation
from fct_budget
where ordning_code = 'helhedsorienteret';
