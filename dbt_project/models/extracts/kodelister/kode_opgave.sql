{{ kodeliste(ref('dim_opgave')) }}
