{{ kodeliste(ref('dim_begivenhed')) }}
