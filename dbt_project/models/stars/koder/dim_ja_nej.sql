{{ code_dimension(ref('ja_nej')) }}
