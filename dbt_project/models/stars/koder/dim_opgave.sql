{{ code_dimension(ref('opgave')) }}
