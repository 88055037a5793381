with

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

tidsforbrug as (

    select * from {{ ref('fct_tidsforbrug') }}

),

opgaver as (

    select * from {{ ref('fct_opgave') }}

),

begivenheder as (

    select * from {{ ref('fct_begivenhed') }}

),

tilknytninger as (

    select * from {{ ref('bridge_forloeb_virksomhed') }}

),

parallelle_indsatser as (

    select * from {{ ref('bridge_forloeb_parallel_indsats') }}

),

virksomheder as (

    select * from {{ ref('dim_virksomhed') }}

),

dim_baggrund as (

    select * from {{ ref('dim_baggrund') }}

),

dim_afslutning as (

    select * from {{ ref('dim_afslutning') }}

),

dim_opgavetype as (

    select * from {{ ref('dim_opgavetype') }}

),

dim_opgave as (

    select * from {{ ref('dim_opgave') }}

),

dim_begivenhed as (

    select * from {{ ref('dim_begivenhed') }}

),

dim_tilknytning_art as (

    select * from {{ ref('dim_tilknytning_art') }}

),

dim_parallel_indsats as (

    select * from {{ ref('dim_parallel_indsats') }}

),

starts as (

    select
        {{ surrogate_key(["'start'", 'forloeb.forloeb_key']) }} as historik_key,
        forloeb.forloeb_key,
        forloeb.mentor_key,
        forloeb.start_dato as dato,
        'start' as slags,
        forloeb.baggrund_code as kode,
        dim_baggrund.label_da as tekst,
        cast(null as integer) as minutter
    from forloeb
    inner join dim_baggrund on forloeb.baggrund_code = dim_baggrund.kode

),

ends as (

    select
        {{ surrogate_key(["'slut'", 'forloeb.forloeb_key']) }} as historik_key,
        forloeb.forloeb_key,
        forloeb.mentor_key,
        forloeb.slut_dato as dato,
        'slut' as slags,
        forloeb.afslutning_code as kode,
        dim_afslutning.label_da as tekst,
        cast(null as integer) as minutter
    from forloeb
    inner join dim_afslutning on forloeb.afslutning_code = dim_afslutning.kode
    where not forloeb.er_loebende

),

entries_of_time as (

    select
        {{ surrogate_key(["'tid'", 'tidsforbrug.tidsforbrug_key']) }} as historik_key,
        tidsforbrug.forloeb_key,
        tidsforbrug.mentor_key,
        tidsforbrug.dato,
        'tid' as slags,
        tidsforbrug.opgavetype_code as kode,
        dim_opgavetype.label_da as tekst,
        tidsforbrug.minutter
    from tidsforbrug
    inner join dim_opgavetype on tidsforbrug.opgavetype_code = dim_opgavetype.kode

),

tasks as (

    select
        {{ surrogate_key(["'opgave'", 'opgaver.opgave_key']) }} as historik_key,
        opgaver.forloeb_key,
        opgaver.mentor_key,
        opgaver.dato,
        'opgave' as slags,
        opgaver.opgave_code as kode,
        dim_opgave.label_da as tekst,
        cast(null as integer) as minutter
    from opgaver
    inner join dim_opgave on opgaver.opgave_code = dim_opgave.kode

),

events as (

    select
        {{ surrogate_key(["'begivenhed'", 'begivenheder.begivenhed_key']) }} as historik_key,
        begivenheder.forloeb_key,
        forloeb.mentor_key,
        begivenheder.start_dato as dato,
        'begivenhed' as slags,
        begivenheder.begivenhed_code as kode,
        dim_begivenhed.label_da as tekst,
        cast(null as integer) as minutter
    from begivenheder
    inner join forloeb on begivenheder.forloeb_key = forloeb.forloeb_key
    inner join dim_begivenhed on begivenheder.begivenhed_code = dim_begivenhed.kode

),

ties as (

    select
        {{ surrogate_key([
            "'tilknytning'", 'tilknytninger.forloeb_key', 'tilknytninger.virksomhed_key', 'tilknytninger.start_dato'
        ]) }} as historik_key,
        tilknytninger.forloeb_key,
        forloeb.mentor_key,
        tilknytninger.start_dato as dato,
        'tilknytning' as slags,
        tilknytninger.art_code as kode,
        dim_tilknytning_art.label_da || ': ' || virksomheder.navn as tekst,
        cast(null as integer) as minutter
    from tilknytninger
    inner join forloeb on tilknytninger.forloeb_key = forloeb.forloeb_key
    inner join virksomheder on tilknytninger.virksomhed_key = virksomheder.virksomhed_key
    inner join dim_tilknytning_art on tilknytninger.art_code = dim_tilknytning_art.kode

),

parallel_efforts as (

    select
        {{ surrogate_key([
            "'parallel_indsats'", 'parallelle_indsatser.forloeb_key', 'parallelle_indsatser.parallel_indsats_code'
        ]) }} as historik_key,
        parallelle_indsatser.forloeb_key,
        forloeb.mentor_key,
        forloeb.start_dato as dato,
        'parallel_indsats' as slags,
        parallelle_indsatser.parallel_indsats_code as kode,
        dim_parallel_indsats.label_da as tekst,
        cast(null as integer) as minutter
    from parallelle_indsatser
    inner join forloeb on parallelle_indsatser.forloeb_key = forloeb.forloeb_key
    inner join dim_parallel_indsats on parallelle_indsatser.parallel_indsats_code = dim_parallel_indsats.kode

),

historik as (

    select * from starts
    union all
    select * from ends
    union all
    select * from entries_of_time
    union all
    select * from tasks
    union all
    select * from events
    union all
    select * from ties
    union all
    select * from parallel_efforts

)

select
    historik.historik_key,
    forloeb.person_key,
    historik.forloeb_key,
    historik.mentor_key,
    forloeb.jobcenter_key,
    historik.dato,
    historik.slags,
    historik.kode,
    historik.tekst,
    historik.minutter
from historik
inner join forloeb on historik.forloeb_key = forloeb.forloeb_key
