# The wheel is built apart, so that no build tool is in what runs.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /build && python -m venv /opt/braver
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN /build/bin/pip install --require-hashes -r requirements/build.txt \
 && /opt/braver/bin/pip install --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY . .
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/braver/bin/pip install --no-deps --no-index /wheel/*.whl \
 && /opt/braver/bin/python -m compileall -q /opt/braver/lib

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin braver \
 && install --directory --owner braver --group braver --mode 0700 /data
COPY --from=build /opt/braver /opt/braver
ENV PATH=/opt/braver/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BRAVER_HOST=0.0.0.0 \
    BRAVER_PORT=3978 \
    BRAVER_DATABASE_URL=sqlite+aiosqlite:////data/braver.db
# By number, so that whoever starts it can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3978
# Not /healthz: a spoilt history, or a coordinator whom nobody reaches, is not mended by a restart.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['BRAVER_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["braver"]
CMD ["run"]
