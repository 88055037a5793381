{{ code_dimension(ref('opgavetype')) }}
