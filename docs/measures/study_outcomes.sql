-- status_7_months
select
    '2014-01..2015-09' as period,
    coalesce(u.aldersgruppe_30, 'alle') as alder,
    s.label_da as status,
    count(*) as status_7_months
from fct_udfald as u
inner join dim_status as s using (status_code)
where u.er_studiets_foerste and u.horisont_maaneder = 7
group by grouping sets ((u.aldersgruppe_30, s.label_da), (s.label_da))
having coalesce(u.aldersgruppe_30, 'alle') <> 'uoplyst';

-- status_7_months, status_7_months_share
-- Those who are followed up, all together.
select
    '2014-01..2015-09' as period,
    coalesce(u.aldersgruppe_30, 'alle') as alder,
    'I alt' as status,
    count(*) filter (where s.er_offentliggjort) as status_7_months,
    100.0 * count(*) filter (where s.er_offentliggjort) / nullif(count(*) filter (where s.er_offentliggjort), 0)
        as status_7_months_share
from fct_udfald as u
inner join dim_status as s using (status_code)
where u.er_studiets_foerste and u.horisont_maaneder = 7
group by rollup (u.aldersgruppe_30)
having coalesce(u.aldersgruppe_30, 'alle') <> 'uoplyst';

-- status_7_months_share
select
    '2014-01..2015-09' as period,
    coalesce(u.aldersgruppe_30, 'alle') as alder,
    s.label_da as status,
    100.0 * count(*) / sum(count(*)) over (partition by u.aldersgruppe_30) as status_7_months_share
from fct_udfald as u
inner join dim_status as s using (status_code)
where u.er_studiets_foerste and u.horisont_maaneder = 7 and s.er_offentliggjort
group by grouping sets ((u.aldersgruppe_30, s.label_da), (s.label_da))
having coalesce(u.aldersgruppe_30, 'alle') <> 'uoplyst';

-- opmatchet_7_months
select
    coalesce(aldersgruppe_30, 'alle') as alder,
    count(*) filter (where er_opmatchet) as opmatchet_7_months
from fct_udfald
where er_studiets_foerste and horisont_maaneder = 7
group by rollup (aldersgruppe_30)
having coalesce(aldersgruppe_30, 'alle') <> 'uoplyst';

-- job_or_education_after_exit
select
    'helhedsorienteret' as type,
    horisont_maaneder as maaneder,
    case fastholdelse
        when 'fastholdt' then 'fastholdt'
        when 'ikke_fastholdt' then 'ikke fastholdt'
        when 'intet_at_fastholde' then 'intet at fastholde'
        when 'ikke_opfulgt' then 'ikke opfulgt endnu'
    end as udfald,
    count(*) as job_or_education_after_exit
from fct_fastholdelse
where kilde = 'biflis' and mentortype_code = 'helhedsorienteret'
group by horisont_maaneder, fastholdelse;

-- job_or_education_held_share
select
    'helhedsorienteret' as type,
    horisont_maaneder as maaneder,
    100.0 * count(*) filter (where fastholdelse = 'fastholdt')
    / nullif(count(*) filter (where fastholdelse in ('fastholdt', 'ikke_fastholdt')), 0) as job_or_education_held_share
from fct_fastholdelse
where kilde = 'biflis' and mentortype_code = 'helhedsorienteret'
group by horisont_maaneder;

-- courses_running_7_months_share
with

laesedage as (
    select
        person_key,
        aldersgruppe_30,
        laese_dato
    from fct_udfald
    where er_studiets_foerste and horisont_maaneder = 7
),

indsatser as (
    select
        person_key,
        start_dato,
        slut_dato,
        mentortype_code as kode
    from fct_mentorforloeb
    where kilde = 'biflis'
    union all
    select
        person_key,
        start_dato,
        slut_dato,
        tilbudstype_code as kode
    from fct_tilbud
),

loebende as (
    select
        d.aldersgruppe_30,
        case
            when i.kode in ('helhedsorienteret', 'fastholdelse') then 'Mentor (Helhedsorienteret + fastholdelse)'
            when i.kode = 'vejledning_opkvalificering' then 'Vejledning og opkvalificering'
            when i.kode in ('virksomhedspraktik', 'nytteindsats', 'loentilskud') then 'Virksomhedsplacering'
            when i.kode = 'oevrige' then 'Øvrige'
        end as tilbud
    from laesedage as d
    inner join indsatser as i
        on
            d.person_key = i.person_key
            and d.laese_dato >= i.start_dato
            and (i.slut_dato is null or d.laese_dato <= i.slut_dato)
)

select
    coalesce(aldersgruppe_30, 'alle') as alder,
    tilbud,
    100.0 * count(*) / sum(count(*)) over (partition by aldersgruppe_30) as courses_running_7_months_share
from loebende
where tilbud is not null
group by grouping sets ((aldersgruppe_30, tilbud), (tilbud))
having coalesce(aldersgruppe_30, 'alle') <> 'uoplyst';
