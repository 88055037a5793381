-- The one gate of extracts (macro udleverbare). Who is not here is not given away either.
with

borgere as (

    select * from {{ ref('int_borgere__versioner') }}

),

begraensninger as (

    select * from {{ ref('stg_ops__person_restrictions') }}

),

personer as (

    select distinct person_key
    from borgere

),

beslutninger as (

    select
        person_key,
        bool_or(art <> 'protected_address') as er_ude_af_udtraek,
        bool_or(art = 'protected_address') as har_beskyttet_adresse
    from begraensninger
    group by person_key

)

select
    personer.person_key,
    not coalesce(beslutninger.er_ude_af_udtraek, false) as maa_udleveres,
    coalesce(beslutninger.har_beskyttet_adresse, false) as kommune_er_grov
from personer
left join beslutninger on personer.person_key = beslutninger.person_key
