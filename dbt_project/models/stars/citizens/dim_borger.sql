with

versioner as (

    select * from {{ ref('int_borgere__versioner') }}

),

koen as (

    select * from {{ ref('dim_koen') }}

)

select
    versioner.borger_key,
    versioner.person_key,
    versioner.gyldig_fra,
    versioner.gyldig_til,
    versioner.gyldig_til is null as er_gaeldende,
    versioner.koen_code,
    koen.label_da as koen,
    cast(extract(year from versioner.foedselsdato) as integer) as foedselsaar,
    versioner.herkomst_code,
    versioner.civilstand_code,
    versioner.kommune_code,
    versioner.uddannelse_code,
    versioner.er_erstatningsnummer,
    versioner.kilder
from versioner
inner join koen on versioner.koen_code = koen.kode
