# The action's image. GitHub builds it with this folder as the context and no arguments; a release pins BASE_IMAGE by
# digest: `docker build --build-arg BASE_IMAGE=python:3.13-slim@sha256:… .`
# What it copies is named one by one: .dockerignore makes the context small, and decides nothing.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1
COPY requirements/build.txt requirements/runtime.txt /build/
RUN python3 -m pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --only-binary=:all: --prefix=/install -r /build/runtime.txt \
 && python3 -m pip install --no-cache-dir --no-compile --disable-pip-version-check --root-user-action=ignore \
      --require-hashes --only-binary=:all: --target=/build/libraries -r /build/build.txt \
 && rm -rf /install/bin
COPY container/trim.py container/compile.py tools/compile_schemas.py /build/
RUN python3 /build/trim.py "$(echo /install/lib/python3.*/site-packages)"
COPY entrypoint.py post_entrypoint.py /app/
COPY schemas/checks.schema.json schemas/deployment.schema.json schemas/elastigroup.schema.json \
     schemas/execution.schema.json schemas/infrastructure.schema.json schemas/plan.schema.json \
     schemas/policy.schema.json schemas/report.schema.json schemas/service.schema.json /app/schemas/
COPY spotaction/*.py /app/spotaction/
COPY spotaction/operations/*.py /app/spotaction/operations/
COPY spotaction/operations/preflight/*.py /app/spotaction/operations/preflight/
COPY spotaction/drafts/*.py /app/spotaction/drafts/
COPY spotaction/pipeline/*.py /app/spotaction/pipeline/
COPY spotaction/inputs/*.py /app/spotaction/inputs/
COPY spotaction/engine/*.py /app/spotaction/engine/
COPY spotaction/engine/steps/*.py /app/spotaction/engine/steps/
COPY spotaction/engine/waits/*.py /app/spotaction/engine/waits/
COPY spotaction/github/*.py /app/spotaction/github/
COPY spotaction/github/summary/*.py /app/spotaction/github/summary/
COPY spotaction/checks/*.py /app/spotaction/checks/
COPY spotaction/checks/http/*.py /app/spotaction/checks/http/
COPY spotaction/checks/queries/*.py /app/spotaction/checks/queries/
COPY spotaction/checks/comparison/*.py /app/spotaction/checks/comparison/
COPY spotaction/documents/*.py /app/spotaction/documents/
COPY spotaction/documents/elastigroup/*.py /app/spotaction/documents/elastigroup/
COPY spotaction/documents/expressions/*.py /app/spotaction/documents/expressions/
COPY spotaction/cloud/*.py /app/spotaction/cloud/
COPY spotaction/cloud/spot/*.py /app/spotaction/cloud/spot/
COPY spotaction/cloud/aws/*.py /app/spotaction/cloud/aws/
COPY spotaction/model/*.py /app/spotaction/model/
# The command line, which __main__ starts, is not in the image.
RUN chmod 0755 /app/entrypoint.py /app/post_entrypoint.py \
 && rm /app/spotaction/__main__.py \
 && PYTHONPATH=/build/libraries python3 /build/compile_schemas.py /app/schemas \
 && python3 /build/compile.py /app /install

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="spotaction" \
      org.opencontainers.image.description="The GitHub Action that deploys AMIs to Spot Elastigroups" \
      org.opencontainers.image.licenses="Apache-2.0"
# For whoever starts Python by hand; the entry points ask for the same by -u and -B.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# Nothing is installed from here on.
RUN python3 -m pip uninstall --yes --quiet --root-user-action=ignore pip \
 && rm -rf /usr/local/lib/python3.*/ensurepip
COPY --from=build /install/ /usr/local/
COPY --from=build /app/ /app/
# As root and without a WORKDIR, as GitHub asks of a container action: the runner mounts files that only root can write,
# and sets the folder to work in. Without a shell, which would keep the runner's signals to itself.
ENTRYPOINT ["/app/entrypoint.py"]
