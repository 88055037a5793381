{{ kodeliste(ref('figure_member'), label='medlem') }}
where dimension = 'alder_figur_2'
