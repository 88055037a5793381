# One image for all of Airflow's processes; which one a container becomes is its command (docker-compose.yml).
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    PATH="/app/.venv/bin:$PATH"

RUN pip install --no-cache-dir uv \
    && useradd --system --create-home mentor-dw \
    && install -d -o mentor-dw -g mentor-dw /app /home/mentor-dw/data
USER mentor-dw
WORKDIR /app

COPY --chown=mentor-dw:mentor-dw . .
RUN uv sync --frozen --no-dev --no-cache

ENTRYPOINT ["python", "-m", "mentor_dw.local.container"]
