with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}

),

borgere as (

    select * from {{ ref('dim_borger') }}

),

started as (

    select
        forloeb.kilde,
        cast(date_trunc('month', cast(forloeb.start_dato as timestamp)) as date) as maaned,
        forloeb.kommune_code,
        forloeb.mentortype_code,
        {{ aldersbaand('forloeb.alder_ved_start') }} as aldersbaand,
        borgere.koen_code,
        forloeb.er_foerste_forloeb
    from forloeb
    inner join borgere on forloeb.borger_key = borgere.borger_key

)

select
    {{ surrogate_key(['kilde', 'maaned', 'kommune_code', 'mentortype_code', 'aldersbaand', 'koen_code']) }}
        as bestand_key,
    kilde,
    maaned,
    kommune_code,
    mentortype_code,
    aldersbaand,
    koen_code,
    cast(count(*) as integer) as antal_forloeb,
    cast(count(*) filter (where er_foerste_forloeb) as integer) as antal_borgere
from started
group by kilde, maaned, kommune_code, mentortype_code, aldersbaand, koen_code
