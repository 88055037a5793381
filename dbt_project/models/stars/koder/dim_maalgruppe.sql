{{ code_dimension(ref('maalgruppe')) }}
