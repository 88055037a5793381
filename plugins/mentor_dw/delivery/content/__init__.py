"""From rows of an extract model to the tables of a delivery: counted, protected, or person by person."""
