{{ code_dimension(ref('civilstand')) }}
