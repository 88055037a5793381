with recursive

mentorforloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

-- What a forløb continues: a forløb of the same citizen; itself is nothing to continue.
links as (

    select
        mentorforloeb.kilde_forloeb_id,
        cast(mentorforloeb.kilde_forloeb_id as numeric) as nummer,
        forrige.kilde_forloeb_id as forrige_id
    from mentorforloeb
    left join mentorforloeb as forrige
        on
            mentorforloeb.kilde_forrige_forloeb_id = forrige.kilde_forloeb_id
            and mentorforloeb.person_key = forrige.person_key
            and mentorforloeb.kilde_forloeb_id <> forrige.kilde_forloeb_id

),

-- From every beginning down to all that continues it, whatever the gap (rules.md R17).
from_the_root (kilde_forloeb_id, rod_id) as (

    select
        kilde_forloeb_id,
        kilde_forloeb_id as rod_id
    from links
    where forrige_id is null

    union all

    select
        links.kilde_forloeb_id,
        from_the_root.rod_id
    from from_the_root
    inner join links on from_the_root.kilde_forloeb_id = links.forrige_id

),

-- What no beginning leads to hangs on a circle.
without_root as (

    select
        links.kilde_forloeb_id,
        links.nummer,
        links.forrige_id
    from links
    left join from_the_root on links.kilde_forloeb_id = from_the_root.kilde_forloeb_id
    where from_the_root.kilde_forloeb_id is null

),

-- All that can be reached from a forløb; union ends the walk where it comes round.
walks (kilde_forloeb_id, naaet_id) as (

    select
        kilde_forloeb_id,
        forrige_id
    from without_root

    union

    select
        walks.kilde_forloeb_id,
        without_root.forrige_id
    from walks
    inner join without_root on walks.naaet_id = without_root.kilde_forloeb_id

),

in_circles as (

    select
        without_root.kilde_forloeb_id,
        without_root.nummer
    from without_root
    inner join walks
        on
            without_root.kilde_forloeb_id = walks.kilde_forloeb_id
            and without_root.kilde_forloeb_id = walks.naaet_id

),

-- The smallest id of the circle is taken for its beginning.
around_circles as (

    select distinct on (walks.kilde_forloeb_id)
        walks.kilde_forloeb_id,
        in_circles.kilde_forloeb_id as rod_id
    from walks
    inner join in_circles on walks.naaet_id = in_circles.kilde_forloeb_id
    order by walks.kilde_forloeb_id asc, in_circles.nummer asc

)

select
    kilde_forloeb_id,
    rod_id as kilde_rod_forloeb_id
from from_the_root

union all

select
    kilde_forloeb_id,
    rod_id as kilde_rod_forloeb_id
from around_circles
