-- A reading of koebenhavn_serviceniveau that nobody has written down would compare nothing, silently.
with

koebenhavn as (

    select * from {{ ref('koebenhavn_serviceniveau') }}
    where laesning = '{{ var("koebenhavn_90_minutter_fra") }}'

)

select 'koebenhavn_90_minutter_fra' as variable_name
where not exists (select 1 from koebenhavn)
