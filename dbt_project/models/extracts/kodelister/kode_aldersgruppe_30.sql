{{ kodeliste(ref('figure_member'), label='medlem') }}
where dimension = 'alder_30' and kode <> 'alle'
