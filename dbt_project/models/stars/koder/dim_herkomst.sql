{{ code_dimension(ref('herkomst')) }}
