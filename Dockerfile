# The image of every process of the house. It installs what requirements.txt names, by hash and from wheels alone, so
# that no package's own code runs while it is built, and then puts the rooms beside it, with what browsers load.
# The stand-in platforms stay outside; an image that can reach people's accounts does not rehearse.

# Node is here alone: it fetches what package-lock.json names, by hash, and runs no script of any of it.
FROM python:3.13-slim AS assets
COPY requirements-node.txt /build/requirements-node.txt
RUN ["python", "-m", "pip", "--disable-pip-version-check", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "-r", "/build/requirements-node.txt"]
COPY package.json /build/package.json
COPY package-lock.json /build/package-lock.json
COPY vendor.py /build/vendor.py
RUN ["python", "/build/vendor.py"]

FROM python:3.13-slim AS packages
COPY requirements.txt /requirements.txt
RUN ["python", "-m", "venv", "--without-pip", "/venv"]
RUN ["python", "-m", "pip", "--python", "/venv/bin/python", "--disable-pip-version-check", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "-r", "/requirements.txt"]

FROM python:3.13-slim
RUN ["useradd", "--uid", "10001", "--home-dir", "/data", "--no-create-home", "--shell", "/usr/sbin/nologin", "samklang"]
# A new volume takes owner and mode of the folder it is mounted on.
RUN ["install", "-d", "-m", "0700", "-o", "samklang", "-g", "samklang", "/data", "/data/media", "/keys", "/mark"]
COPY --from=packages /venv /venv
COPY connectors /app/connectors
COPY campaigns /app/campaigns
COPY reports /app/reports
COPY workers /app/workers
COPY scheduler /app/scheduler
COPY web /app/web
COPY --from=assets /build/web/static/vendor /app/web/static/vendor
COPY samklang /app/samklang
RUN ["/venv/bin/python", "-m", "compileall", "-q", "/app"]

# PYTHONSAFEPATH keeps Python from importing out of the folder a command is run in, which holds people's documents.
ENV PYTHONPATH=/app PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 \
    HOME=/data \
    SAMKLANG_HOME=/data SAMKLANG_KEYS=/keys/keys.json SAMKLANG_MARK=/mark/mark.json
WORKDIR /app
USER 10001:10001
EXPOSE 8046
# For `web`; it asks the store whether the other processes do their work, too.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["/venv/bin/python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8046, timeout=4); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["/venv/bin/python", "-m", "samklang"]
CMD ["--help"]
