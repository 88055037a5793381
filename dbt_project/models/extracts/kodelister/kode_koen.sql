{{ kodeliste(ref('dim_koen')) }}
