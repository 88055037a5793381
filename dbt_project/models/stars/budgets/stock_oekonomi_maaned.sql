with

refusion as (

    select * from {{ ref('fct_refusion') }}

),

konti as (

    select * from {{ ref('dim_konto') }}

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'biflis'

),

kontakter as (

    select * from {{ ref('fct_mentorkontakt') }}
    where er_personlig

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

-- The kommune is the citizen's on the day of each (rules.md R24).
cost as (

    select
        refusion.periode,
        refusion.kommune_code,
        refusion.ordning_code,
        refusion.maalgruppe_code,
        count(*) as antal_bilag,
        sum(refusion.beloeb_dkk) as beloeb_dkk,
        sum(refusion.beloeb_dkk) filter (where konti.udgiftsart = 'mentorstoette') as mentorstoette_dkk,
        sum(refusion.beloeb_dkk) filter (where konti.udgiftsart = 'opkvalificering') as opkvalificering_dkk,
        sum(refusion.beloeb_dkk) filter (where konti.udgiftsart = 'ukendt') as ukendt_art_dkk,
        sum(refusion.beloeb_dkk) filter (where refusion.refusionsstatus_code = 'refunderes') as refunderes_dkk,
        sum(refusion.beloeb_dkk) filter (
            where refusion.refusionsstatus_code = 'refunderes_ikke'
        ) as refunderes_ikke_dkk,
        sum(refusion.beloeb_dkk) filter (where refusion.refusionsstatus_code = 'ingen_regel') as ingen_regel_dkk,
        sum(refusion.beloeb_dkk) filter (
            where refusion.refusionsstatus_code = 'ukendt_maalgruppe'
        ) as ukendt_maalgruppe_dkk,
        sum(refusion.refusion_foer_ramme_dkk) as refusion_foer_ramme_dkk,
        sum(refusion.netto_foer_ramme_dkk) as netto_foer_ramme_dkk,
        sum(refusion.tabt_refusion_dkk) as tabt_refusion_dkk
    from refusion
    inner join konti on refusion.konto_code = konti.kode
    group by refusion.periode, refusion.kommune_code, refusion.ordning_code, refusion.maalgruppe_code

),

started as (

    select
        cast(date_trunc('month', start_dato) as date) as periode,
        kommune_code,
        mentortype_code as ordning_code,
        maalgruppe_code,
        count(*) as antal_startede
    from forloeb
    group by cast(date_trunc('month', start_dato) as date), kommune_code, mentortype_code, maalgruppe_code

),

ended as (

    select
        cast(date_trunc('month', forloeb.slut_dato) as date) as periode,
        versioner.kommune_code,
        forloeb.mentortype_code as ordning_code,
        forloeb.maalgruppe_code,
        count(*) as antal_afsluttede,
        count(*) filter (where forloeb.afslutning_code in ('job', 'uddannelse')) as antal_vellykkede
    from forloeb
    {{ as_of_join('versioner', 'versioner', 'forloeb.person_key', 'forloeb.slut_dato') }}
    where forloeb.slut_dato is not null
    group by
        cast(date_trunc('month', forloeb.slut_dato) as date),
        versioner.kommune_code,
        forloeb.mentortype_code,
        forloeb.maalgruppe_code

),

met as (

    select
        cast(date_trunc('month', kontakter.dato) as date) as periode,
        versioner.kommune_code,
        forloeb.mentortype_code as ordning_code,
        forloeb.maalgruppe_code,
        sum(kontakter.minutter) as personlige_minutter
    from kontakter
    inner join forloeb on kontakter.forloeb_key = forloeb.forloeb_key
    inner join versioner on kontakter.borger_key = versioner.borger_key
    group by
        cast(date_trunc('month', kontakter.dato) as date),
        versioner.kommune_code,
        forloeb.mentortype_code,
        forloeb.maalgruppe_code

),

cells as (

    select
        periode,
        kommune_code,
        ordning_code,
        maalgruppe_code
    from cost
    union distinct
    select
        periode,
        kommune_code,
        ordning_code,
        maalgruppe_code
    from started
    union distinct
    select
        periode,
        kommune_code,
        ordning_code,
        maalgruppe_code
    from ended
    union distinct
    select
        periode,
        kommune_code,
        ordning_code,
        maalgruppe_code
    from met

)

select
    cells.periode,
    cast(extract(year from cells.periode) as integer) as aar,
    cells.kommune_code,
    cells.ordning_code,
    cells.maalgruppe_code,
    cast(coalesce(cost.antal_bilag, 0) as integer) as antal_bilag,
    cast(coalesce(cost.beloeb_dkk, 0) as numeric(24, 6)) as beloeb_dkk,
    cast(coalesce(cost.mentorstoette_dkk, 0) as numeric(24, 6)) as mentorstoette_dkk,
    cast(coalesce(cost.opkvalificering_dkk, 0) as numeric(24, 6)) as opkvalificering_dkk,
    cast(coalesce(cost.ukendt_art_dkk, 0) as numeric(24, 6)) as ukendt_art_dkk,
    cast(coalesce(cost.refunderes_dkk, 0) as numeric(24, 6)) as refunderes_dkk,
    cast(coalesce(cost.refunderes_ikke_dkk, 0) as numeric(24, 6)) as refunderes_ikke_dkk,
    cast(coalesce(cost.ingen_regel_dkk, 0) as numeric(24, 6)) as ingen_regel_dkk,
    cast(coalesce(cost.ukendt_maalgruppe_dkk, 0) as numeric(24, 6)) as ukendt_maalgruppe_dkk,
    cast(coalesce(cost.refusion_foer_ramme_dkk, 0) as numeric(24, 10)) as refusion_foer_ramme_dkk,
    cast(coalesce(cost.netto_foer_ramme_dkk, 0) as numeric(24, 10)) as netto_foer_ramme_dkk,
    cast(coalesce(cost.tabt_refusion_dkk, 0) as numeric(24, 10)) as tabt_refusion_dkk,
    cast(coalesce(started.antal_startede, 0) as integer) as antal_startede,
    cast(coalesce(ended.antal_afsluttede, 0) as integer) as antal_afsluttede,
    cast(coalesce(ended.antal_vellykkede, 0) as integer) as antal_vellykkede,
    cast(coalesce(met.personlige_minutter, 0) as integer) as personlige_minutter
from cells
left join cost
    on
        cells.periode = cost.periode
        and cells.kommune_code = cost.kommune_code
        and cells.ordning_code = cost.ordning_code
        and cells.maalgruppe_code = cost.maalgruppe_code
left join started
    on
        cells.periode = started.periode
        and cells.kommune_code = started.kommune_code
        and cells.ordning_code = started.ordning_code
        and cells.maalgruppe_code = started.maalgruppe_code
left join ended
    on
        cells.periode = ended.periode
        and cells.kommune_code = ended.kommune_code
        and cells.ordning_code = ended.ordning_code
        and cells.maalgruppe_code = ended.maalgruppe_code
left join met
    on
        cells.periode = met.periode
        and cells.kommune_code = met.kommune_code
        and cells.ordning_code = met.ordning_code
        and cells.maalgruppe_code = met.maalgruppe_code
