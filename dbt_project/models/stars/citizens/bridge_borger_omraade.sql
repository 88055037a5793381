with

borgere as (

    select * from {{ ref('dim_borger') }}
    where kommune_code <> 'uoplyst'

),

forloeb as (

    select * from {{ ref('fct_mentorforloeb') }}
    where kilde = 'webreg'

),

-- Forløb and benefits of BIFLIS have the municipality in which she lived then, so her versions have it too.
areas as (

    select
        person_key,
        kommune_code,
        cast(null as bigint) as jobcenter_key
    from borgere

    union

    select
        person_key,
        nullif(kommune_code, 'uoplyst') as kommune_code,
        jobcenter_key
    from forloeb

)

select
    {{ surrogate_key(['person_key', 'kommune_code', 'jobcenter_key']) }} as omraade_key,
    person_key,
    coalesce(kommune_code, 'uoplyst') as kommune_code,
    jobcenter_key
from areas
