{{ kodeliste(ref('dim_ja_nej')) }}
