{{ code_dimension(ref('forsoergelse')) }}
