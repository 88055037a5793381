with

forloeb as (

    select * from {{ udleverbare('fct_mentorforloeb') }} as af_begge_kilder
    where kilde = 'webreg'

),

opgaver as (

    select * from {{ udleverbare('fct_opgave') }} as alle_opgaver

),

begivenheder as (

    select * from {{ udleverbare('fct_begivenhed') }} as alle_begivenheder

),

parallelle_indsatser as (

    select * from {{ udleverbare('bridge_forloeb_parallel_indsats', forloeb=true) }} as alle_indsatser

),

registreringer as (

    select
        forloeb_key,
        'opgave' as art,
        dato,
        mentor_key,
        cast(null as bigint) as virksomhed_key,
        opgave_code,
        cast(null as text) as begivenhed_code,
        cast(null as text) as parallel_indsats_code
    from opgaver

    union all

    select
        forloeb_key,
        'begivenhed' as art,
        start_dato as dato,
        cast(null as bigint) as mentor_key,
        virksomhed_key,
        cast(null as text) as opgave_code,
        begivenhed_code,
        cast(null as text) as parallel_indsats_code
    from begivenheder

    union all

    select
        forloeb_key,
        'parallel_indsats' as art,
        cast(null as date) as dato,
        cast(null as bigint) as mentor_key,
        cast(null as bigint) as virksomhed_key,
        cast(null as text) as opgave_code,
        cast(null as text) as begivenhed_code,
        parallel_indsats_code
    from parallelle_indsatser

)

-- A parallel effort has no day of its own: it is told of the start of the support.
select
    {{ periode('coalesce(registreringer.dato, forloeb.start_dato)', 'aar') }} as periode,
    forloeb.person_key,
    registreringer.mentor_key,
    registreringer.virksomhed_key,
    registreringer.art,
    forloeb.baggrund_code as baggrund,
    forloeb.aldersgruppe_code as aldersgruppe,
    coalesce(registreringer.opgave_code, 'uoplyst') as opgave,
    coalesce(registreringer.begivenhed_code, 'uoplyst') as begivenhed,
    coalesce(registreringer.parallel_indsats_code, 'uoplyst') as parallel_indsats
from registreringer
inner join forloeb on registreringer.forloeb_key = forloeb.forloeb_key
