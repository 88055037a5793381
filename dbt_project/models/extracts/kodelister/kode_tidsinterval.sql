{{ kodeliste(ref('dim_tidsinterval')) }}
