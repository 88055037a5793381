"""Files at the door: which ones wait, what is wrong with one as a whole, and its rows. No database, no Airflow."""
