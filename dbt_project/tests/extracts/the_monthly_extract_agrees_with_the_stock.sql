-- What STAR is told of a month is what is published of it, while nobody is kept out: starts and ends of each type, and
-- what runs on the reading day and ends, by kommune too. A forløb that ends on the reading day still runs on it.
with

restricted as (

    select count(*) as persons
    from {{ ref('int_personer__udtraek') }}
    where not maa_udleveres or kommune_er_grov

),

-- One reading of the view for all that is asked of it.
told_cells as materialized (

    select
        periode,
        mentortype as mentortype_code,
        kommune as kommune_code,
        status,
        count(*) as antal
    from {{ ref('ext_star__mentorforloeb_v1') }}
    group by periode, mentortype, kommune, status

),

ending_that_day as (

    select
        to_char(maaneder.maaned, 'YYYY-MM') as periode,
        forloeb.mentortype_code,
        count(*) as antal
    from {{ ref('fct_mentorforloeb') }} as forloeb
    inner join {{ ref('int_maaneder') }} as maaneder on forloeb.slut_dato = maaneder.opgoerelse_dato
    where forloeb.kilde = 'biflis' and maaneder.kilde = 'biflis'
    group by to_char(maaneder.maaned, 'YYYY-MM'), forloeb.mentortype_code

),

told as (

    select
        periode,
        'startede' as hvad,
        mentortype_code,
        'alle' as kommune_code,
        sum(antal) as antal
    from told_cells
    where status in ('startet', 'startet_og_afsluttet')
    group by periode, mentortype_code

    union all

    select
        periode,
        'afsluttede' as hvad,
        mentortype_code,
        kommune_code,
        sum(antal) as antal
    from told_cells
    where status in ('afsluttet', 'startet_og_afsluttet')
    group by periode, mentortype_code, kommune_code

    union all

    select
        periode,
        'loebende' as hvad,
        mentortype_code,
        'alle' as kommune_code,
        sum(antal) as antal
    from (
        select
            periode,
            mentortype_code,
            antal
        from told_cells
        where status in ('startet', 'loebende')
        union all
        select
            periode,
            mentortype_code,
            antal
        from ending_that_day
    ) as running
    group by periode, mentortype_code

),

published as (

    select
        to_char(stock.maaned, 'YYYY-MM') as periode,
        of_the_month.hvad,
        stock.mentortype_code,
        of_the_month.kommune_code,
        sum(of_the_month.antal) as antal
    from {{ ref('fct_bestand_maaned') }} as stock
    cross join
        lateral (
            values
            ('startede', 'alle', stock.antal_startede),
            ('afsluttede', stock.kommune_code, stock.antal_afsluttede),
            ('loebende', 'alle', stock.antal_loebende)
        ) as of_the_month (hvad, kommune_code, antal)
    where stock.indsats = 'mentor' and of_the_month.antal > 0
    group by to_char(stock.maaned, 'YYYY-MM'), of_the_month.hvad, stock.mentortype_code, of_the_month.kommune_code

)

select
    coalesce(told.periode, published.periode) as periode,
    coalesce(told.hvad, published.hvad) as hvad
from told
full outer join published
    on
        told.periode = published.periode
        and told.hvad = published.hvad
        and told.mentortype_code = published.mentortype_code
        and told.kommune_code = published.kommune_code
cross join restricted
where restricted.persons = 0 and told.antal is distinct from published.antal
