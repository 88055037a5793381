{{ code_dimension(ref('baggrund')) }}
