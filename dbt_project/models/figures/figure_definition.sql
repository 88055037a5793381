with

definitions as (

    select * from {{ ref('figure_definition_text') }}

),

documents as (

    select * from {{ ref('source_document') }}

)

select
    definitions.measure,
    definitions.navn_da,
    definitions.regel,
    definitions.forbehold,
    definitions.navn_en,
    definitions.regel_en,
    definitions.forbehold_en,
    definitions.regelkilde,
    documents.titel as kildedokument,
    definitions.aendret
from definitions
inner join documents on definitions.document = documents.document
