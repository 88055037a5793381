{{ code_dimension(ref('tilknytning_art')) }}
