{{ code_dimension(ref('haendelse')) }}
