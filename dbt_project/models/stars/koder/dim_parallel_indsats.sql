{{ code_dimension(ref('parallel_indsats')) }}
