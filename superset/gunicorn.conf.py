"""How Superset is served. One process: a scoped role of the warehouse has five sessions at a time (docs/roles.md)."""

import os

from mentor_dw.masked_output import mask_stderr

# Before the server opens its log, which is standard error.
mask_stderr()

wsgi_app = "superset.app:create_app()"
bind = os.environ["MENTOR_DW_SUPERSET_BIND"]
workers = 1
worker_class = "gthread"
threads = 4
timeout = 120
graceful_timeout = 5
# Where the worker tells that it lives: in memory.
worker_tmp_dir = "/dev/shm"
# Nobody steers the server while it runs, and the socket for it would lie in the home of whoever started it.
control_socket_disable = True
# An address may hold what somebody typed into a filter.
accesslog = None
