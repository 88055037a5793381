{{ code_dimension(ref('afslutning')) }}
