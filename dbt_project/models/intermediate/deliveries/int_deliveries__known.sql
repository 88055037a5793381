with

delivery as (

    select * from {{ source('ops', 'delivery') }}

),

counted as (

    select
        delivery_id,
        source,
        covers,
        version,
        -- A month is covered to its last day.
        case
            when covers ~ '^[0-9]{4}-[0-9]{2}$'
                then cast(to_date(covers, 'YYYY-MM') + interval '1 month' - interval '1 day' as date)
            else cast(covers as date)
        end as covers_dato,
        row_number() over (partition by source, covers order by version desc) as nyeste_foerst
    from delivery
    where
        accepted_at <= {{ known_at() }}
        and (withdrawn_at is null or withdrawn_at > {{ known_at() }})
        -- Without rows it would say that nobody was there.
        and raw_gone_at is null

)

select
    delivery_id,
    source,
    covers,
    covers_dato,
    version
from counted
where nyeste_foerst = 1
