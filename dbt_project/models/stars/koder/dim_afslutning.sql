with

webreg as (

    select * from {{ ref('afslutning') }}

),

biflis as (

    select * from {{ ref('mentorforloeb_afslutning') }}

),

-- A word that both lists have is one member.
joined as (

    select
        coalesce(webreg.kode, biflis.kode) as kode,
        coalesce(webreg.label_da, biflis.label_da) as label_da,
        coalesce(webreg.label_en, biflis.label_en) as label_en,
        coalesce(webreg.sortering, 100 + biflis.sortering) as sortering,
        least(webreg.gyldig_fra, biflis.gyldig_fra) as gyldig_fra,
        case
            when webreg.kode is null then biflis.gyldig_til
            when biflis.kode is null then webreg.gyldig_til
            when webreg.gyldig_til is not null and biflis.gyldig_til is not null
                then greatest(webreg.gyldig_til, biflis.gyldig_til)
        end as gyldig_til,
        webreg.kode is not null as i_webreg,
        biflis.kode is not null as i_biflis
    from webreg
    full join biflis on webreg.kode = biflis.kode

)

select
    kode,
    label_da,
    label_en,
    sortering,
    gyldig_fra,
    gyldig_til,
    i_webreg,
    i_biflis
from joined

union all

select
    'uoplyst' as kode,
    'Uoplyst' as label_da,
    'Not stated' as label_en,
    999 as sortering,
    date '1900-01-01' as gyldig_fra,
    cast(null as date) as gyldig_til,
    true as i_webreg,
    true as i_biflis
