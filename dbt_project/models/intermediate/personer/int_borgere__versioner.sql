with

tilstande as (

    select * from {{ ref('int_borgere__kilder') }}

),

days_of_change as (

    select
        person_key,
        fra_dato,
        max(fra_dato) filter (where kilde = 'biflis') as biflis_fra_dato,
        max(fra_dato) filter (where kilde = 'dream') as dream_fra_dato,
        max(fra_dato) filter (where kilde = 'webreg') as webreg_fra_dato
    from tilstande
    group by person_key, fra_dato

),

-- The day from which each source says what it says now.
in_force as (

    select
        person_key,
        fra_dato,
        max(biflis_fra_dato) over days_until_now as biflis_fra_dato,
        max(dream_fra_dato) over days_until_now as dream_fra_dato,
        max(webreg_fra_dato) over days_until_now as webreg_fra_dato
    from days_of_change
    window
        days_until_now as (
            partition by person_key
            order by fra_dato
        )

),

-- Which source wins (rules.md R24): BIFLIS, then DREAM, then webreg.
overlaid as (

    select
        in_force.person_key,
        in_force.fra_dato,
        {{ first_known(['biflis.koen_code', 'dream.koen_code', 'webreg.koen_code']) }} as koen_code,
        coalesce(biflis.foedselsdato, dream.foedselsdato, webreg.foedselsdato) as foedselsdato,
        {{ first_known(['biflis.herkomst_code', 'dream.herkomst_code']) }} as herkomst_code,
        {{ first_known(['dream.civilstand_code']) }} as civilstand_code,
        {{ first_known(['biflis.kommune_code', 'dream.kommune_code']) }} as kommune_code,
        {{ first_known(['webreg.uddannelse_code']) }} as uddannelse_code,
        -- She is known by a real number as soon as one source has it.
        coalesce(biflis.er_erstatningsnummer or not biflis.er_i_levering, true)
        and coalesce(dream.er_erstatningsnummer or not dream.er_i_levering, true)
        and coalesce(webreg.er_erstatningsnummer or not webreg.er_i_levering, true) as er_erstatningsnummer,
        concat_ws(
            ', ',
            case when biflis.er_i_levering then 'biflis' end,
            case when dream.er_i_levering then 'dream' end,
            case when webreg.er_i_levering then 'webreg' end
        ) as kilder
    from in_force
    left join tilstande as biflis
        on
            in_force.person_key = biflis.person_key
            and in_force.biflis_fra_dato = biflis.fra_dato
            and biflis.kilde = 'biflis'
    left join tilstande as dream
        on
            in_force.person_key = dream.person_key
            and in_force.dream_fra_dato = dream.fra_dato
            and dream.kilde = 'dream'
    left join tilstande as webreg
        on
            in_force.person_key = webreg.person_key
            and in_force.webreg_fra_dato = webreg.fra_dato
            and webreg.kilde = 'webreg'

),

with_former as (

    select
        person_key,
        fra_dato,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer,
        kilder,
        lag(koen_code) over person_history as former_koen_code,
        lag(foedselsdato) over person_history as former_foedselsdato,
        lag(herkomst_code) over person_history as former_herkomst_code,
        lag(civilstand_code) over person_history as former_civilstand_code,
        lag(kommune_code) over person_history as former_kommune_code,
        lag(uddannelse_code) over person_history as former_uddannelse_code,
        lag(er_erstatningsnummer) over person_history as former_er_erstatningsnummer,
        lag(kilder) over person_history as former_kilder
    from overlaid
    window
        person_history as (
            partition by person_key
            order by fra_dato
        )

),

-- A day on which no winning value changed begins no version.
changes as (

    select
        person_key,
        fra_dato,
        koen_code,
        foedselsdato,
        herkomst_code,
        civilstand_code,
        kommune_code,
        uddannelse_code,
        er_erstatningsnummer,
        kilder,
        lead(fra_dato) over (
            partition by person_key
            order by fra_dato
        ) as naeste_fra_dato
    from with_former
    where
        former_kilder is distinct from kilder
        or former_koen_code is distinct from koen_code
        or former_foedselsdato is distinct from foedselsdato
        or former_herkomst_code is distinct from herkomst_code
        or former_civilstand_code is distinct from civilstand_code
        or former_kommune_code is distinct from kommune_code
        or former_uddannelse_code is distinct from uddannelse_code
        or former_er_erstatningsnummer is distinct from er_erstatningsnummer

)

-- While no source has her there is no version; the one before it is closed then, and facts of that time meet it.
select
    {{ surrogate_key(['person_key', 'fra_dato']) }} as borger_key,
    person_key,
    fra_dato as gyldig_fra,
    naeste_fra_dato as gyldig_til,
    lead(fra_dato) over (
        partition by person_key
        order by fra_dato
    ) as naeste_gyldig_fra,
    koen_code,
    foedselsdato,
    herkomst_code,
    civilstand_code,
    kommune_code,
    uddannelse_code,
    er_erstatningsnummer,
    kilder
from changes
where kilder <> ''
