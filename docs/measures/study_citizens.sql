-- citizens_in_study
-- er_studiets_foerste is true for the first forløb of each citizen of the study, so rows are citizens here and below.
select
    '2014-01..2015-09' as period,
    count(*) as citizens_in_study
from fct_overlevelse
where er_studiets_foerste;

-- citizens_first_course, citizens_first_course_share
select
    '2014-01..2015-09' as period,
    coalesce(aldersgruppe_30, 'alle') as alder,
    count(*) as citizens_first_course,
    100.0 * count(*) / max(count(*)) over () as citizens_first_course_share
from fct_overlevelse
where er_studiets_foerste
group by rollup (aldersgruppe_30);

-- age_share
select
    'helhedsorienteret mentor' as gruppe,
    '2014-05' as asof,
    case
        when alder_ved_start is null then 'uoplyst'
        when alder_ved_start < 30 then 'under 30'
        when alder_ved_start < 40 then '30-39'
        when alder_ved_start < 50 then '40-49'
        else '50+'
    end as alder,
    100.0 * count(*) / sum(count(*)) over () as age_share
from fct_overlevelse
where er_studiets_foerste
group by 3;

-- age_share
-- The group that the study compares with, as BIFLIS delivers it.
select
    gruppe,
    to_char(dato, 'YYYY-MM') as asof,
    kategori as alder,
    andel_pct as age_share
from fct_referencegruppe
where gruppe = 'alle aktivitetsparate' and fordeling_code = 'alder' and to_char(dato, 'YYYY-MM') = '2014-05';

-- gender_share
select
    coalesce(u.aldersgruppe_30, 'alle') as alder,
    lower(k.label_da) as koen,
    100.0 * count(*) / sum(count(*)) over (partition by u.aldersgruppe_30) as gender_share
from fct_overlevelse as u
left join dim_borger_kilde as b using (person_key, kilde)
inner join dim_koen as k on coalesce(b.koen_code, 'uoplyst') = k.kode
where u.er_studiets_foerste
group by grouping sets ((u.aldersgruppe_30, k.label_da), (k.label_da))
having coalesce(u.aldersgruppe_30, 'alle') <> 'uoplyst';

-- origin_share
select
    'helhedsorienteret mentor' as gruppe,
    coalesce(u.aldersgruppe_30, 'alle') as alder,
    h.kode as herkomst,
    100.0 * count(*) / sum(count(*)) over (partition by u.aldersgruppe_30) as origin_share
from fct_overlevelse as u
left join dim_borger_kilde as b using (person_key, kilde)
inner join dim_herkomst as h on coalesce(b.herkomst_code, 'uoplyst') = h.kode
where u.er_studiets_foerste
group by grouping sets ((u.aldersgruppe_30, h.kode), (h.kode))
having coalesce(u.aldersgruppe_30, 'alle') <> 'uoplyst';

-- origin_share
select
    gruppe,
    'alle' as alder,
    kategori as herkomst,
    andel_pct as origin_share
from fct_referencegruppe
where gruppe = 'alle aktivitetsparate' and fordeling_code = 'herkomst' and to_char(dato, 'YYYY-MM') = '2014-05';

-- citizens_not_aktivitetsparat
select
    '2014-01..2015-09' as period,
    k.label_da as visitationskategori,
    count(u.forloeb_key) as citizens_not_aktivitetsparat
from dim_visitationskategori as k
left join fct_mentorforloeb as f on k.kode = f.visitationskategori_code
left join fct_overlevelse as u on f.forloeb_key = u.forloeb_key and u.er_studiets_foerste
where k.kode <> 'aktivitetsparat'
group by k.label_da;

-- share_with_helhedsorienteret_last_year
-- A category's wording varies between deliveries; its beginning decides.
select
    case
        when kategori like 'aktivitetsparate kontanthj%' then 'aktivitetsparate kontanthjælpsmodtagere over og under 30'
        when kategori like 'aktivitetsparate uddannelseshj%' then 'aktivitetsparate uddannelseshjælpsmodtagere'
    end as maalgruppe,
    andel_pct as share_with_helhedsorienteret_last_year
from fct_referencegruppe
where gruppe = 'alle aktivitetsparate' and fordeling_code = 'maalgruppe' and to_char(dato, 'YYYY-MM') = '2014-05';
