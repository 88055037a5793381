with

forekommer as (

    select * from {{ ref('int_datoer__forekommer') }}

),

helligdage as (

    select * from {{ ref('helligdage') }}

),

kalender as (

    select cast(dag as date) as dato
    from generate_series(
        timestamp '{{ var("calendar_from") }}', timestamp '{{ var("calendar_to") }}', interval '1 day'
    ) as dag

),

datoer as (

    select dato from kalender
    union
    select dato from forekommer

),

dele as (

    select
        datoer.dato,
        cast(extract(year from datoer.dato) as integer) as aar,
        cast(extract(quarter from datoer.dato) as integer) as kvartal,
        cast(extract(month from datoer.dato) as integer) as maaned,
        cast(extract(day from datoer.dato) as integer) as dag,
        cast(extract(isodow from datoer.dato) as integer) as ugedag,
        cast(extract(isoyear from datoer.dato) as integer) as iso_aar,
        cast(extract(week from datoer.dato) as integer) as iso_uge,
        helligdage.navn as helligdag,
        datoer.dato between date '{{ var("calendar_from") }}' and date '{{ var("calendar_to") }}' as i_kalender
    from datoer
    left join helligdage on datoer.dato = helligdage.dato

)

select
    dato,
    aar,
    kvartal,
    maaned,
    (array[
        'januar', 'februar', 'marts', 'april', 'maj', 'juni',
        'juli', 'august', 'september', 'oktober', 'november', 'december'
    ])[maaned] as maaned_navn,
    (array[
        'January', 'February', 'March', 'April', 'May', 'June',
        'July', 'August', 'September', 'October', 'November', 'December'
    ])[maaned] as maaned_navn_en,
    aar || '-' || lpad(cast(maaned as text), 2, '0') as aar_maaned,
    aar || 'K' || kvartal as aar_kvartal,
    dag,
    ugedag,
    (array['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'])[ugedag] as ugedag_navn,
    (array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])[ugedag] as ugedag_navn_en,
    iso_aar,
    iso_uge,
    iso_aar * 100 + iso_uge as iso_uge_key,
    iso_aar || '-W' || lpad(cast(iso_uge as text), 2, '0') as iso_uge_navn,
    dato - (dag - 1) as maanedens_foerste,
    extract(day from dato + 1) = 1 as er_maanedens_sidste,
    ugedag >= 6 as er_weekend,
    -- Holidays are known for the years of the calendar only.
    case when i_kalender then helligdag is not null end as er_helligdag,
    helligdag,
    case when i_kalender then ugedag < 6 and helligdag is null end as er_arbejdsdag
from dele
