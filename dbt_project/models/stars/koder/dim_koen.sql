{{ code_dimension(ref('koen')) }}
