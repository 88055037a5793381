"""The reporting warehouse for Danish social-mentor support: how things work.

`dags/` says when, `expectations/` what may enter, `dbt_project/` what it means.
"""
