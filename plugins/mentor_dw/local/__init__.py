"""The installation on one machine: folders, PostgreSQL, roles and Airflow's processes."""
