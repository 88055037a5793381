{{ code_dimension(ref('virksomhedstype')) }}
