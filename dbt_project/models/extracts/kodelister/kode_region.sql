{{ kodeliste(ref('region')) }}
