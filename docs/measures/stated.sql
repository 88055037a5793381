-- time_categories
select count(*) as time_categories
from dim_opgavetype
where kode <> 'uoplyst';

-- list_length
-- Company data is no code list: three fields, as the document says.
with

lister as (
    select 'Uddannelses baggrund' as liste, kode from dim_uddannelse
    union all
    select 'Forsørgelsesgrundlag' as liste, kode from dim_forsoergelse
    union all
    select 'Baggrund for tilbud' as liste, kode from dim_baggrund
    union all
    select 'Parallelle indsatser' as liste, kode from dim_parallel_indsats
    union all
    select 'Opgaver' as liste, kode from dim_opgave
    union all
    select 'Begivenheder' as liste, kode from dim_begivenhed
    union all
    select 'Tidsforbrug' as liste, kode from dim_opgavetype
)

select
    liste,
    count(*) as list_length
from lister
where kode <> 'uoplyst'
group by liste
union all
select
    'Virksomhedsdata' as liste,
    cast(published_value as bigint) as list_length
from figure_published
where measure = 'list_length' and dimensions ->> 'liste' = 'Virksomhedsdata';

-- weekly_minutes
-- The day before the change and the day itself.
select
    'helhedsorienteret' as type,
    v.version,
    max(s.minutter_pr_uge) as weekly_minutes
from dim_reform as r
cross join (values ('before', 1), ('after', 0)) as v (version, dage_foer)
inner join fct_serviceniveau as s
    on
        s.kommune_code = '101'
        and s.mentortype_code = 'helhedsorienteret'
        and r.dato - v.dage_foer >= s.gyldig_fra
        and (s.gyldig_til is null or r.dato - v.dage_foer < s.gyldig_til)
where r.kode = 'halvfems_minutter'
group by v.version;

-- planned_duration
select
    kode as type,
    planlagte_uger as planned_duration
from dim_mentortype
where planlagte_uger is not null;

-- refusion_rate, minimum_registration, contact_frequency_min, offer_duration, support_max_duration
-- before_discharge_max, total_min, weekly_hours_min, weekly_hours_max, duration, duration_min, duration_max
-- agreement_max_duration, duration_before_discharge_max, duration_total_min, duration_from_admission
-- Stated in a document and counted from nothing: what it prints is the number.
select
    measure,
    dimensions,
    cast(published_value as numeric) as value
from figure_published
where
    loaded
    and measure in (
        'refusion_rate', 'minimum_registration', 'contact_frequency_min', 'offer_duration', 'support_max_duration',
        'before_discharge_max', 'total_min', 'weekly_hours_min', 'weekly_hours_max', 'duration', 'duration_min',
        'duration_max', 'agreement_max_duration', 'duration_before_discharge_max', 'duration_total_min',
        'duration_from_admission'
    );
