{{ kodeliste(ref('dim_baggrund')) }}
