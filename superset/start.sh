#!/bin/sh
# What the container of Superset does: its database is brought to what this version says, then it serves.
set -eu
python mentor_assets.py bring
exec gunicorn --config gunicorn.conf.py
