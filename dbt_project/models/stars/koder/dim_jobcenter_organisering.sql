{{ code_dimension(ref('jobcenter_organisering')) }}
