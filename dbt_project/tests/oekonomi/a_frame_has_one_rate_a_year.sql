-- What is above a frame is taken off at its rate, so a frame must have one.
select
    aar,
    ramme_code
from {{ ref('fct_refusion') }}
where ramme_code is not null
group by aar, ramme_code
having min(refusionssats) <> max(refusionssats)
