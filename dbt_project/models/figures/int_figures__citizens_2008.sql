with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

borgere as (

    select * from {{ ref('int_borgere__historik') }}
    where kilde = 'webreg'

),

leveringer as (

    select * from {{ ref('int_deliveries__effective') }}
    where source = 'webreg'

),

jobcentres as (

    select * from {{ ref('dim_jobcenter') }}

),

cuts as (

    select * from {{ ref('figure_cut') }}

),

by_the_cut as (

    select
        forloeb.person_key,
        forloeb.jobcenter_key,
        forloeb.er_foerste_forloeb,
        forloeb.baggrund_code,
        forloeb.aldersgruppe_code,
        forloeb.forsoergelse_2008_code,
        coalesce(forloeb.slut_dato <= cuts.dato, false) as er_afsluttet
    from forloeb
    inner join cuts
        on
            cuts.afgraensning = 'borgere'
            and forloeb.start_dato <= cuts.dato

),

-- A citizen has ended when nothing runs any more (rules.md C9).
persons as (

    select
        person_key,
        bool_and(er_afsluttet) as er_afsluttet,
        count(*) as antal_forloeb
    from by_the_cut
    group by person_key

)

select
    persons.person_key,
    jobcentres.navn as jobcenter,
    by_the_cut.baggrund_code,
    borgere.koen_code,
    by_the_cut.aldersgruppe_code,
    borgere.uddannelse_code,
    coalesce(by_the_cut.forsoergelse_2008_code, 'uoplyst') as forsoergelse_2008_code,
    persons.er_afsluttet,
    persons.antal_forloeb
from persons
inner join by_the_cut
    on
        persons.person_key = by_the_cut.person_key
        and by_the_cut.er_foerste_forloeb
-- As the mentors registered them: the values of the web delivery that counts, also where an earlier one had others
-- (rules.md R1), or where another source knows better (R24).
cross join leveringer
inner join borgere
    on
        persons.person_key = borgere.person_key
        and leveringer.covers_dato = borgere.covers_dato
inner join jobcentres on by_the_cut.jobcenter_key = jobcentres.jobcenter_key
