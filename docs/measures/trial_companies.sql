-- companies_registered, citizens_at_registered_companies
select
    count(distinct t.virksomhed_key) as companies_registered,
    count(distinct f.person_key) as citizens_at_registered_companies
from bridge_forloeb_virksomhed as t
inner join fct_mentorforloeb as f using (forloeb_key)
where t.start_dato <= date '2008-09-15';

-- companies_with_more_than_one_citizen
with

virksomheder as (
    select t.virksomhed_key
    from bridge_forloeb_virksomhed as t
    inner join fct_mentorforloeb as f using (forloeb_key)
    where t.start_dato <= date '2008-09-15'
    group by t.virksomhed_key
    having count(distinct f.person_key) > 1
)

select count(*) as companies_with_more_than_one_citizen
from virksomheder;

-- companies_by_type
select
    lower(y.label_da) as virksomhedstype,
    count(distinct v.virksomhed_key) as companies_by_type
from bridge_forloeb_virksomhed as t
inner join dim_virksomhed as v using (virksomhed_key)
inner join dim_virksomhedstype as y on v.virksomhedstype_code = y.kode
where t.start_dato <= date '2008-09-15'
group by y.label_da;

-- companies_prior_experience
select
    v.erfaring_code as erfaring_saerlige_hensyn,
    count(distinct v.virksomhed_key) as companies_prior_experience
from bridge_forloeb_virksomhed as t
inner join dim_virksomhed as v using (virksomhed_key)
where t.start_dato <= date '2008-09-15'
group by v.erfaring_code;
