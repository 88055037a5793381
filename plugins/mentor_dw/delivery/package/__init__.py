"""The package that a receiver gets: data files, schema, manifest, letter, signature, envelope."""
