with

forloeb as (

    select * from {{ ref('int_compliance__forloeb') }}
    where mentortype_code = 'helhedsorienteret'

),

tilbud as (

    select * from {{ ref('stg_biflis__tilbud') }}

),

aktivitetsparate as (

    select * from {{ ref('int_compliance__aktivitetsparate') }}

),

helligdage as (

    select * from {{ ref('helligdage') }}

),

afsluttede as (

    select
        forloeb_key,
        person_key,
        kommune_code,
        coalesce(afslutning_code, 'uoplyst') as afslutning_code,
        slut_dato,
        slut_dato + 1 as foerste_dag,
        opgoerelse_dato
    from forloeb
    where not er_loebende

),

-- The first working day after each day on which a forløb ended; two weeks always hold one.
arbejdsdage as (

    select
        slutdage.slut_dato,
        min(cast(serie.dag as date)) as dato
    from (select distinct slut_dato from afsluttede) as slutdage
    cross join
        lateral generate_series(
            cast(slutdage.slut_dato as timestamp) + interval '1 day',
            cast(slutdage.slut_dato as timestamp) + interval '14 days',
            interval '1 day'
        ) as serie (dag)
    left join helligdage on cast(serie.dag as date) = helligdage.dato
    where
        extract(isodow from serie.dag) < 6
        and helligdage.dato is null
    group by slutdage.slut_dato

),

-- An offer that began before and runs on is there on the first day.
tilbud_bagefter as (

    select
        afsluttede.forloeb_key,
        min(greatest(tilbud.start_dato, afsluttede.foerste_dag)) as dato
    from afsluttede
    inner join tilbud on afsluttede.person_key = tilbud.person_key
    where
        coalesce(tilbud.slut_dato > afsluttede.slut_dato, true)
        and tilbud.start_dato <= afsluttede.opgoerelse_dato
    group by afsluttede.forloeb_key

),

forloeb_bagefter as (

    select
        afsluttede.forloeb_key,
        min(greatest(forloeb.start_dato, afsluttede.foerste_dag)) as dato
    from afsluttede
    inner join forloeb
        on
            afsluttede.person_key = forloeb.person_key
            and afsluttede.forloeb_key <> forloeb.forloeb_key
    where
        coalesce(forloeb.slut_dato > afsluttede.slut_dato, true)
        and forloeb.start_dato <= afsluttede.opgoerelse_dato
    group by afsluttede.forloeb_key

),

followed as (

    select
        afsluttede.forloeb_key,
        afsluttede.person_key,
        afsluttede.kommune_code,
        afsluttede.afslutning_code,
        afsluttede.slut_dato,
        afsluttede.opgoerelse_dato,
        arbejdsdage.dato + {{ var("frist_tilbud_dage") }} as frist_dato,
        tilbud_bagefter.dato as naeste_tilbud_dato,
        forloeb_bagefter.dato as naeste_forloeb_dato,
        -- She has left the target group (rules.md section 5).
        case
            when
                afsluttede.afslutning_code in ('job', 'uddannelse', 'anden_ydelse', 'ude_af_maalgruppe')
                then 'afslutning'
            when aktivitetsparate.person_key is null then 'visitation'
        end as fritagelse,
        least(
            tilbud_bagefter.dato, forloeb_bagefter.dato, aktivitetsparate.til_dato, afsluttede.opgoerelse_dato + 1
        ) as ophoer_dato
    from afsluttede
    inner join arbejdsdage on afsluttede.slut_dato = arbejdsdage.slut_dato
    left join tilbud_bagefter on afsluttede.forloeb_key = tilbud_bagefter.forloeb_key
    left join forloeb_bagefter on afsluttede.forloeb_key = forloeb_bagefter.forloeb_key
    left join aktivitetsparate
        on
            afsluttede.person_key = aktivitetsparate.person_key
            and afsluttede.foerste_dag >= aktivitetsparate.fra_dato
            and (aktivitetsparate.til_dato is null or afsluttede.foerste_dag < aktivitetsparate.til_dato)

)

select
    forloeb_key,
    person_key,
    kommune_code,
    afslutning_code,
    slut_dato,
    frist_dato,
    naeste_tilbud_dato,
    naeste_forloeb_dato,
    fritagelse,
    case when fritagelse is null then ophoer_dato - slut_dato - 1 end as dage_uden,
    fritagelse is null and ophoer_dato > frist_dato as er_fund,
    fritagelse is null and ophoer_dato > frist_dato and ophoer_dato > opgoerelse_dato as er_aaben
from followed
