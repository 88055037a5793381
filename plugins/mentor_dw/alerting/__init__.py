"""What somebody must be told: which states there are (kinds), which hold now (conditions), who is told how."""
