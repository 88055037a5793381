{{ kodeliste(ref('dim_aldersgruppe')) }}
