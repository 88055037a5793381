"""What the house shows in a browser: pages beside Airflow's own, for people who are logged in there."""
