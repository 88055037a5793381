-- citizens_participated
select
    j.navn as jobcenter,
    count(distinct f.person_key) as citizens_participated
from fct_mentorforloeb as f
inner join dim_jobcenter as j using (jobcenter_key)
where f.kilde = 'webreg' and f.start_dato <= date '2008-09-15'
group by j.navn;

-- citizens_participated
select
    'alle' as jobcenter,
    'medio 2008-09' as asof,
    count(distinct person_key) as citizens_participated
from fct_mentorforloeb
where kilde = 'webreg' and start_dato <= date '2008-09-15';

-- citizens_ended, citizens_active_at_extract
with

borgere as (
    select
        person_key,
        bool_and(coalesce(slut_dato <= date '2008-09-15', false)) as er_afsluttet
    from fct_mentorforloeb
    where kilde = 'webreg' and start_dato <= date '2008-09-15'
    group by person_key
)

select
    'alle' as jobcenter,
    count(*) filter (where er_afsluttet) as citizens_ended,
    count(*) filter (where not er_afsluttet) as citizens_active_at_extract
from borgere;

-- citizens_by_goal
-- er_foerste_forloeb is true once for each citizen, so rows are citizens here and below.
select
    coalesce(j.navn, 'alle') as jobcenter,
    case f.baggrund_code when 'BAG1' then 'fastholdelse' when 'BAG2' then 'indslusning' end as maal,
    count(*) as citizens_by_goal
from fct_mentorforloeb as f
inner join dim_jobcenter as j using (jobcenter_key)
where
    f.kilde = 'webreg'
    and f.er_foerste_forloeb
    and f.start_dato <= date '2008-09-15'
    and f.baggrund_code in ('BAG1', 'BAG2')
group by grouping sets ((f.baggrund_code, j.navn), (f.baggrund_code));

-- citizens_by_gender
-- dim_borger_kilde has what webreg says; dim_borger has what another source says better.
select
    lower(k.label_da) as koen,
    count(*) as citizens_by_gender
from fct_mentorforloeb as f
inner join dim_borger_kilde as b using (person_key, kilde)
inner join dim_koen as k on b.koen_code = k.kode
where f.kilde = 'webreg' and f.er_foerste_forloeb and f.start_dato <= date '2008-09-15'
group by k.label_da;

-- citizens_by_age
select
    aldersgruppe_code as alder,
    count(*) as citizens_by_age
from fct_mentorforloeb
where kilde = 'webreg' and er_foerste_forloeb and start_dato <= date '2008-09-15'
group by aldersgruppe_code;

-- citizens_by_education
select
    case b.uddannelse_code
        when 'UDD1' then 'folkeskole eller ingen'
        when 'UDD2' then 'folkeskole eller ingen'
        when 'UDD3' then 'gymnasial'
        when 'UDD4' then 'erhvervsuddannelse'
        when 'UDD5' then 'kort videregående'
        when 'UDD6' then 'mellemlang videregående'
        when 'UDD7' then 'lang videregående'
        else 'ikke registreret'
    end as uddannelse,
    count(*) as citizens_by_education
from fct_mentorforloeb as f
inner join dim_borger_kilde as b using (person_key, kilde)
where f.kilde = 'webreg' and f.er_foerste_forloeb and f.start_dato <= date '2008-09-15'
group by 1;

-- citizens_by_income
select
    lower(s.label_da) as forsoergelse,
    count(*) as citizens_by_income
from fct_mentorforloeb as f
inner join dim_forsoergelse_2008 as s on coalesce(f.forsoergelse_2008_code, 'uoplyst') = s.kode
where f.kilde = 'webreg' and f.er_foerste_forloeb and f.start_dato <= date '2008-09-15'
group by s.label_da;

-- share_folkeskole_or_none
select
    1.0 * count(*) filter (where b.uddannelse_code in ('UDD1', 'UDD2')) / nullif(count(*), 0)
        as share_folkeskole_or_none
from fct_mentorforloeb as f
inner join dim_borger_kilde as b using (person_key, kilde)
where f.kilde = 'webreg' and f.er_foerste_forloeb and f.start_dato <= date '2008-09-15';

-- citizens_completed, success_share
with

borgere as (
    select
        person_key,
        bool_or(er_succes) as har_succes
    from fct_mentorforloeb
    where kilde = 'webreg' and slut_dato is not null
    group by person_key
)

select
    'sociale mentorer' as project,
    count(*) as citizens_completed,
    1.0 * count(*) filter (where har_succes) / nullif(count(*), 0) as success_share
from borgere;
