# One image for all of Airflow's processes; which one a container becomes is its command (docker-compose.yml).
FROM python:3.13.14-slim-trixie AS packages

ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never

RUN pip install --no-cache-dir uv==0.13.9

WORKDIR /app
# The packages are a layer of their own, which a change of our code leaves alone.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --extra celery --no-install-project
COPY . .
RUN uv sync --frozen --no-dev --extra celery

FROM python:3.13.14-slim-trixie

ENV PATH="/app/.venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# A number and no name, so that the owner of a mounted folder can be said in numbers too. The folder is the mount point
# of the home; a new volume gets its owner from it.
RUN groupadd --gid 10001 mentor-dw \
    && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin mentor-dw \
    && install -d -o 10001 -g 10001 -m 0700 /home/mentor-dw/data

# Root's, so that no process can change what it runs.
COPY --from=packages /app /app
WORKDIR /app
USER 10001:10001

EXPOSE 8080
ENTRYPOINT ["python", "-m", "mentor_dw.local.container"]
