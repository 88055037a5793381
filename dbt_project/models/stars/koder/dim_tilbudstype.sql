{{ code_dimension(ref('tilbudstype')) }}
