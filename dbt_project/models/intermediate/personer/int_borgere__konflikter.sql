with

tilstande as (

    select * from {{ ref('int_borgere__kilder') }}

),

last_words as (

    select distinct on (person_key, kilde)
        person_key,
        kilde,
        er_i_levering,
        koen_code,
        foedselsdato,
        herkomst_code,
        kommune_code
    from tilstande
    order by person_key asc, kilde asc, fra_dato desc

),

statements as (

    select
        last_words.person_key,
        last_words.kilde,
        last_words.er_i_levering,
        udsagn.attribut,
        udsagn.vaerdi,
        first_value(last_words.kilde) over by_source as vindende_kilde,
        first_value(udsagn.vaerdi) over by_source as vindende_vaerdi
    from last_words
    cross join
        lateral (
            values
            ('foedselsdato', cast(last_words.foedselsdato as text)),
            ('koen', nullif(last_words.koen_code, 'uoplyst')),
            ('herkomst', nullif(last_words.herkomst_code, 'uoplyst')),
            ('kommune', nullif(last_words.kommune_code, 'uoplyst'))
        ) as udsagn (attribut, vaerdi)
    where udsagn.vaerdi is not null
    window
        by_source as (
            partition by last_words.person_key, udsagn.attribut
            order by case last_words.kilde when 'biflis' then 1 when 'dream' then 2 else 3 end
        )

)

-- A source that no longer has the person still wins with its last word, but has nothing left to mend.
select
    person_key,
    attribut,
    vindende_kilde,
    kilde as afvigende_kilde
from statements
where
    vaerdi <> vindende_vaerdi
    and er_i_levering
