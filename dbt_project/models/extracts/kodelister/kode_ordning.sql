{{ kodeliste(ref('dim_ordning')) }}
