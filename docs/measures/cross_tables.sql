-- krydstraek_baggrund_opgave
select
    b.label_da as baggrund,
    o.label_da as opgave,
    v.optaelling,
    case v.optaelling when 'borgere' then count(distinct f.person_key) else count(*) end as krydstraek_baggrund_opgave
from fct_opgave as p
inner join fct_mentorforloeb as f using (forloeb_key)
inner join dim_baggrund as b on f.baggrund_code = b.kode
inner join dim_opgave as o on p.opgave_code = o.kode
cross join (values ('borgere'), ('registreringer')) as v (optaelling)
group by b.label_da, o.label_da, v.optaelling;

-- krydstraek_baggrund_parallel
select
    b.label_da as baggrund,
    i.label_da as indsats,
    v.optaelling,
    case v.optaelling when 'borgere' then count(distinct f.person_key) else count(*) end as krydstraek_baggrund_parallel
from bridge_forloeb_parallel_indsats as p
inner join fct_mentorforloeb as f using (forloeb_key)
inner join dim_baggrund as b on f.baggrund_code = b.kode
inner join dim_parallel_indsats as i on p.parallel_indsats_code = i.kode
cross join (values ('borgere'), ('registreringer')) as v (optaelling)
group by b.label_da, i.label_da, v.optaelling;

-- krydstraek_baggrund_begivenhed
select
    b.label_da as baggrund,
    e.label_da as begivenhed,
    v.optaelling,
    case v.optaelling when 'borgere' then count(distinct f.person_key) else count(*) end
        as krydstraek_baggrund_begivenhed
from fct_begivenhed as p
inner join fct_mentorforloeb as f using (forloeb_key)
inner join dim_baggrund as b on f.baggrund_code = b.kode
inner join dim_begivenhed as e on p.begivenhed_code = e.kode
cross join (values ('borgere'), ('registreringer')) as v (optaelling)
group by b.label_da, e.label_da, v.optaelling;

-- krydstraek_opgave_alder
select
    o.label_da as opgave,
    f.aldersgruppe_code as alder,
    v.optaelling,
    case v.optaelling when 'borgere' then count(distinct f.person_key) else count(*) end as krydstraek_opgave_alder
from fct_opgave as p
inner join fct_mentorforloeb as f using (forloeb_key)
inner join dim_opgave as o on p.opgave_code = o.kode
cross join (values ('borgere'), ('registreringer')) as v (optaelling)
group by o.label_da, f.aldersgruppe_code, v.optaelling;
