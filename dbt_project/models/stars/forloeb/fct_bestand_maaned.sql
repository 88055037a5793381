with

indsatser as (

    select * from {{ ref('int_indsatser') }}

),

loebende as (

    select * from {{ ref('int_indsatser__loebende') }}

),

maaneder as (

    select * from {{ ref('int_maaneder') }}
    where kilde = 'biflis'

),

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

running as (

    select
        indsats_key,
        maaned,
        opgoerelse_dato as dato,
        'loebende' as hvad
    from loebende

),

started as (

    select
        indsatser.indsats_key,
        maaneder.maaned,
        indsatser.start_dato as dato,
        'startet' as hvad
    from indsatser
    inner join maaneder on cast(date_trunc('month', cast(indsatser.start_dato as timestamp)) as date) = maaneder.maaned
    where indsatser.start_dato <= maaneder.opgoerelse_dato

),

ended as (

    select
        indsatser.indsats_key,
        maaneder.maaned,
        indsatser.slut_dato as dato,
        'afsluttet' as hvad
    from indsatser
    inner join maaneder on cast(date_trunc('month', cast(indsatser.slut_dato as timestamp)) as date) = maaneder.maaned
    where indsatser.slut_dato <= maaneder.opgoerelse_dato

),

happened as (

    select * from running
    union all
    select * from started
    union all
    select * from ended

),

-- The kommune is the citizen's on the day (rules.md R24).
placed as (

    select
        happened.maaned,
        happened.hvad,
        indsatser.indsats,
        indsatser.mentortype_code,
        indsatser.tilbudstype_code,
        indsatser.leverandoertype_code,
        indsatser.sted,
        indsatser.person_key,
        coalesce(versioner.kommune_code, 'uoplyst') as kommune_code
    from happened
    inner join indsatser on happened.indsats_key = indsatser.indsats_key
    {{ as_of_join('versioner', 'versioner', 'indsatser.person_key', 'happened.dato') }}

),

-- By citizen first, so that nobody has to be told apart within a cell.
by_citizen as (

    select
        maaned,
        indsats,
        mentortype_code,
        tilbudstype_code,
        leverandoertype_code,
        sted,
        kommune_code,
        person_key,
        count(*) filter (where hvad = 'loebende') as antal_loebende,
        count(*) filter (where hvad = 'startet') as antal_startede,
        count(*) filter (where hvad = 'afsluttet') as antal_afsluttede
    from placed
    group by
        maaned, indsats, mentortype_code, tilbudstype_code, leverandoertype_code, sted, kommune_code, person_key

)

select
    {{ surrogate_key([
        'maaned', 'indsats', 'mentortype_code', 'tilbudstype_code', 'leverandoertype_code', 'sted', 'kommune_code'
    ]) }} as bestand_key,
    maaned,
    indsats,
    mentortype_code,
    tilbudstype_code,
    leverandoertype_code,
    sted,
    kommune_code,
    cast(sum(antal_loebende) as integer) as antal_loebende,
    cast(count(*) filter (where antal_loebende > 0) as integer) as antal_borgere_loebende,
    cast(sum(antal_startede) as integer) as antal_startede,
    cast(sum(antal_afsluttede) as integer) as antal_afsluttede
from by_citizen
group by maaned, indsats, mentortype_code, tilbudstype_code, leverandoertype_code, sted, kommune_code
