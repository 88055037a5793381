"""The rights of the persons in the data: erasure, access, restriction, and how long anything is kept."""
