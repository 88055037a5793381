{{ code_dimension(ref('forsoergelse_2008')) }}
