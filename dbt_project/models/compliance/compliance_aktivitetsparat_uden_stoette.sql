with

aktivitetsparate as (

    select * from {{ ref('int_compliance__aktivitetsparate') }}

),

indsatser as (

    select * from {{ ref('int_indsatser') }}

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'biflis'

),

borgere as (

    select * from {{ ref('int_borgere__kun_biflis') }}

),

-- Everything is followed to the covered day.
days_aktivitetsparat as (

    select
        aktivitetsparate.person_key,
        leveringer.covers_dato as opgoerelse_dato,
        range_agg(
            daterange(
                aktivitetsparate.fra_dato,
                least(coalesce(aktivitetsparate.til_dato, leveringer.covers_dato + 1), leveringer.covers_dato + 1)
            )
        ) as dage
    from aktivitetsparate
    cross join leveringer
    where aktivitetsparate.fra_dato <= leveringer.covers_dato
    group by aktivitetsparate.person_key, leveringer.covers_dato

),

days_supported as (

    select
        indsatser.person_key,
        range_agg(daterange(indsatser.start_dato, indsatser.slut_dato, '[]')) as dage
    from indsatser
    group by indsatser.person_key

),

spells as (

    select
        days_aktivitetsparat.person_key,
        days_aktivitetsparat.opgoerelse_dato,
        lower(spell.dage) as fra_dato,
        upper(spell.dage) as til_dato
    from days_aktivitetsparat
    left join days_supported on days_aktivitetsparat.person_key = days_supported.person_key
    cross join
        lateral unnest(
            days_aktivitetsparat.dage - coalesce(days_supported.dage, cast('{}' as datemultirange))
        ) as spell (dage)

)

select
    {{ surrogate_key(["'uden stoette'", 'spells.person_key', 'spells.fra_dato']) }} as spell_key,
    spells.person_key,
    coalesce(borgere.kommune_code, 'uoplyst') as kommune_code,
    spells.fra_dato,
    case when spells.til_dato <= spells.opgoerelse_dato then spells.til_dato end as til_dato,
    spells.til_dato > spells.opgoerelse_dato as er_loebende,
    spells.til_dato - spells.fra_dato as antal_dage
from spells
{{ as_of_join('borgere', 'borgere', 'spells.person_key', 'spells.fra_dato') }}
