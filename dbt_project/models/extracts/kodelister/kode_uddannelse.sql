{{ kodeliste(ref('dim_uddannelse')) }}
