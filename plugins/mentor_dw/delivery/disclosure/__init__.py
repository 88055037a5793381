"""What may be told: suppression, rounding, and the attack that both must withstand (rules.md V6-V11)."""
