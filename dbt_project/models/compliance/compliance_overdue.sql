with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}
    where er_loebende and start_dato <= opgoerelse_dato

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'biflis'

),

aftaler as (

    select * from {{ ref('compliance_aftale') }}

),

kontakt as (

    select * from {{ ref('compliance_kontakt') }}

),

uger as (

    select * from {{ ref('compliance_kontakt_uge') }}

),

tilbud as (

    select * from {{ ref('compliance_tilbud_efter_forloeb') }}

),

-- Contact was due by the Sunday of the first week that went unmet after the last contact.
kontakt_mangler as (

    select
        forloeb.person_key,
        forloeb.forloeb_key,
        forloeb.kommune_code,
        'kontakt' as art,
        min(uger.mandag + 6) as frist_dato
    from forloeb
    inner join kontakt on forloeb.forloeb_key = kontakt.forloeb_key
    inner join uger on forloeb.forloeb_key = uger.forloeb_key
    where
        not uger.er_opfyldt
        and uger.mandag > coalesce(kontakt.sidste_kontakt_dato, date '1900-01-01')
    group by forloeb.person_key, forloeb.forloeb_key, forloeb.kommune_code

),

-- The agreement is there when the support begins.
aftale_mangler as (

    select
        forloeb.person_key,
        forloeb.forloeb_key,
        forloeb.kommune_code,
        'aftale' as art,
        forloeb.start_dato as frist_dato
    from forloeb
    inner join aftaler on forloeb.forloeb_key = aftaler.forloeb_key
    where not aftaler.har_aftale

),

tilbud_mangler as (

    select
        person_key,
        forloeb_key,
        kommune_code,
        'tilbud' as art,
        frist_dato
    from tilbud
    where er_aaben

),

mangler as (

    select * from kontakt_mangler
    union all
    select * from aftale_mangler
    union all
    select * from tilbud_mangler

),

-- One row for a citizen and kind: the longest overdue, ties by lowest key.
numbered as (

    select
        person_key,
        art,
        kommune_code,
        forloeb_key,
        frist_dato,
        count(*) over (partition by person_key, art) as antal_forloeb,
        row_number() over (
            partition by person_key, art
            order by frist_dato, forloeb_key
        ) as nummer
    from mangler

)

select
    numbered.person_key,
    numbered.art,
    numbered.kommune_code,
    numbered.forloeb_key,
    numbered.frist_dato,
    leveringer.covers_dato as opgoerelse_dato,
    leveringer.covers_dato - numbered.frist_dato as dage_overskredet,
    cast(numbered.antal_forloeb as integer) as antal_forloeb
from numbered
cross join leveringer
where numbered.nummer = 1
