{{ code_dimension(ref('kontaktydelse')) }}
