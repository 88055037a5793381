{{ kodeliste(ref('dim_opgavetype')) }}
