{{ code_dimension(ref('visitationskategori')) }}
