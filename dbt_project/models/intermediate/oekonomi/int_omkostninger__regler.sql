with

omkostninger as (

    select * from {{ ref('stg_biflis__omkostning') }}

),

forloeb as (

    select * from {{ ref('stg_biflis__mentorforloeb') }}

),

regler as (

    select
        {{ surrogate_key(['grundlag', 'maalgruppe', 'gyldig_fra']) }} as refusionsregel_key,
        grundlag,
        maalgruppe,
        gyldig_fra,
        gyldig_til,
        refusionssats,
        ramme,
        konto
    from {{ ref('refusionsregel') }}

),

bilag as (

    select
        {{ surrogate_key(["'biflis'", 'omkostninger.kilde_bilag_id']) }} as omkostning_key,
        omkostninger.kilde_bilag_id,
        {{ surrogate_key(["'biflis'", 'omkostninger.kilde_forloeb_id']) }} as forloeb_key,
        forloeb.person_key,
        forloeb.mentortype_code,
        forloeb.maalgruppe_code,
        forloeb.start_dato,
        forloeb.slut_dato,
        omkostninger.periode,
        omkostninger.konto as konto_code,
        omkostninger.beloeb_dkk
    from omkostninger
    inner join forloeb on omkostninger.kilde_forloeb_id = forloeb.kilde_forloeb_id

),

-- A handful of combinations stand behind all vouchers; each meets the rules once.
tilfaelde as (

    select distinct
        mentortype_code,
        maalgruppe_code,
        periode
    from bilag

),

-- Udskrivning is § 31 b, stk. 2 whatever the target group (rules.md R18), as long as that ground has a rule.
afgjort as (

    select
        tilfaelde.mentortype_code,
        tilfaelde.maalgruppe_code,
        tilfaelde.periode,
        coalesce(saerlig.refusionsregel_key, almindelig.refusionsregel_key) as refusionsregel_key
    from tilfaelde
    left join regler as almindelig
        on
            almindelig.grundlag = 'maalgruppe'
            and tilfaelde.maalgruppe_code = almindelig.maalgruppe
            and tilfaelde.periode >= almindelig.gyldig_fra
            and tilfaelde.periode < almindelig.gyldig_til
    left join regler as saerlig
        on
            tilfaelde.mentortype_code = saerlig.grundlag
            and saerlig.maalgruppe in ('alle', tilfaelde.maalgruppe_code)
            and tilfaelde.periode >= saerlig.gyldig_fra
            and tilfaelde.periode < saerlig.gyldig_til

)

select
    bilag.omkostning_key,
    bilag.kilde_bilag_id,
    bilag.forloeb_key,
    bilag.person_key,
    bilag.mentortype_code,
    bilag.maalgruppe_code,
    bilag.start_dato,
    bilag.slut_dato,
    bilag.periode,
    bilag.konto_code,
    bilag.beloeb_dkk,
    regler.refusionsregel_key,
    regler.grundlag,
    regler.refusionssats,
    case when regler.ramme not in ('uden_for', 'ingen') then regler.ramme end as ramme_code,
    nullif(regler.konto, 'ikke_oplyst') as regel_konto_code,
    coalesce(regler.ramme = 'uden_for', false) as er_uden_for_ramme,
    case
        when regler.refusionssats > 0 then 'refunderes'
        when regler.refusionssats = 0 then 'refunderes_ikke'
        when bilag.maalgruppe_code = 'uoplyst' then 'ukendt_maalgruppe'
        else 'ingen_regel'
    end as refusionsstatus_code
from bilag
inner join afgjort
    on
        bilag.mentortype_code = afgjort.mentortype_code
        and bilag.maalgruppe_code = afgjort.maalgruppe_code
        and bilag.periode = afgjort.periode
left join regler on afgjort.refusionsregel_key = regler.refusionsregel_key
