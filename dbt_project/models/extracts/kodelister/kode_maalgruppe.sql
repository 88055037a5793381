{{ kodeliste(ref('dim_maalgruppe')) }}
