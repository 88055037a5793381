with

ydelse as (

    select * from {{ ref('ydelse') }}

),

ydelsesgruppe as (

    select * from {{ ref('ydelsesgruppe') }}

),

forsoergelse as (

    select * from {{ ref('stg_dream__forsoergelse') }}

),

unlisted as (

    select distinct forsoergelse.ydelse_code
    from forsoergelse
    left join ydelse on forsoergelse.ydelse_code = ydelse.kode
    where ydelse.kode is null

),

codes as (

    select
        kode,
        label_da,
        label_en,
        sortering,
        gruppe4,
        gyldig_fra,
        gyldig_til,
        belaeg,
        true as er_i_kodeliste
    from ydelse

    union all

    -- Any other code is anden offentlig forsørgelse (rules.md section 4, step 7).
    select
        ydelse_code as kode,
        'Anden offentlig forsørgelse (ukendt kode ' || ydelse_code || ')' as label_da,
        'Other public support (unknown code ' || ydelse_code || ')' as label_en,
        cast(ydelse_code as integer) as sortering,
        'ANDEN' as gruppe4,
        date '1900-01-01' as gyldig_fra,
        cast(null as date) as gyldig_til,
        'findes ikke i kodelisten' as belaeg,
        false as er_i_kodeliste
    from unlisted

)

select
    codes.kode,
    codes.label_da,
    codes.label_en,
    codes.sortering,
    codes.gruppe4,
    ydelsesgruppe.label_da as gruppe_da,
    ydelsesgruppe.label_en as gruppe_en,
    codes.gyldig_fra,
    codes.gyldig_til,
    codes.belaeg,
    codes.er_i_kodeliste
from codes
inner join ydelsesgruppe on codes.gruppe4 = ydelsesgruppe.kode
