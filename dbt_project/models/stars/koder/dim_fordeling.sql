{{ code_dimension(ref('fordeling')) }}
