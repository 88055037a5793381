{{ code_dimension(ref('begivenhed')) }}
