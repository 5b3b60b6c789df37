# One image for web, workers, beat and the migration; it holds no secret and writes nothing
# outside of the mounted storage and /tmp.

FROM python:3.13-slim-trixie AS built
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /build/
RUN /opt/venv/bin/pip install --require-hashes -r /build/requirements.txt
COPY . /srv/coop
WORKDIR /srv/coop
# Collecting static files reads the settings: a throw-away developer's set-up serves for that.
RUN RUN_FOLDER=/tmp/run STATIC_FOLDER=/srv/coop/static_root \
      /opt/venv/bin/python manage.py collectstatic --no-input \
    && rm -r /tmp/run /tmp/coop-* \
    && /opt/venv/bin/python -m compileall -q /srv/coop /opt/venv/lib

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin coop \
    && install -d -o coop -g coop -m 0700 /var/lib/coop
COPY --from=built /opt/venv /opt/venv
COPY --from=built /srv/coop /srv/coop
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=false \
    HOST=0.0.0.0 \
    STATIC_FOLDER=/srv/coop/static_root \
    STORAGE_FOLDER=/var/lib/coop
WORKDIR /srv/coop
USER coop
EXPOSE 8000
CMD ["gunicorn", "coop.asgi:application"]
