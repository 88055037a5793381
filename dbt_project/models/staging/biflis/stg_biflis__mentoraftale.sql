with

source as (

    select * from {{ source('biflis', 'mentoraftale') }}

),

renamed as (

    select
        mentorforloeb_id as kilde_forloeb_id,
        indgaaet_dato,
        formaal as har_formaal,
        mentor_kontakt as har_mentor_kontakt,
        opgaver as har_opgaver,
        varighed_uger,
        timetal,
        coalesce(klagevejledning, 'uoplyst') as klagevejledning_code
    from source
    where delivery_id = {{ effective_delivery('biflis') }}

)

select
    kilde_forloeb_id,
    indgaaet_dato,
    har_formaal,
    har_mentor_kontakt,
    har_opgaver,
    varighed_uger,
    timetal,
    klagevejledning_code
from renamed
