{{ kodeliste(ref('dim_forsoergelse')) }}
