{{ code_dimension(ref('leverandoertype')) }}
