"""What the owner of a source is told, in Danish, and what engineers are told, in English."""
