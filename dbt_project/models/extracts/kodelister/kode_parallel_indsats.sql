{{ kodeliste(ref('dim_parallel_indsats')) }}
