with

kolonner as (

    {{ columns_of_bi() }}

),

kolonnenavn as (

    select * from {{ ref('kolonnenavn') }}

)

select
    kolonner.tabel,
    kolonner.kolonne,
    kolonner.nummer,
    kolonnenavn.label_da,
    kolonnenavn.label_en,
    kolonner.datatype,
    kolonner.er_noegle,
    kolonner.peger_paa_tabel,
    kolonner.peger_paa_kolonne,
    kolonner.beskrivelse_en,
    kolonner.tabel_beskrivelse
from kolonner
inner join kolonnenavn on kolonner.kolonne = kolonnenavn.kolonne
