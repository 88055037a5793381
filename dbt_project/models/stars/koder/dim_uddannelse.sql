{{ code_dimension(ref('uddannelse')) }}
