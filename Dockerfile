# The image of a phasegate worker; the migration and the client run from it as well.
# Debian 13 has a bubblewrap with overlays; Debian 12 has an older one
ARG NODE_IMAGE=node:22.23.3-trixie-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build

# only the packages in `dependencies`: no compiler, no Prisma CLI, no database binaries
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional
# 110 MB of Temporal's native library for other systems
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM ${NODE_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git tini util-linux \
 && rm -rf /var/lib/apt/lists/*

# the owner of the mounted repositories: agents' branches are written into them
ARG PHASEGATE_UID=1000
ARG PHASEGATE_GID=1000
RUN groupmod --non-unique --gid "${PHASEGATE_GID}" node \
 && usermod --non-unique --uid "${PHASEGATE_UID}" --gid "${PHASEGATE_GID}" node \
 && install --directory --owner node --group node /workspace

WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json backends.yaml ./
COPY personas personas
COPY schemas schemas
COPY templates templates
COPY prisma/migrations prisma/migrations
COPY --from=build /app/dist dist

# two heaps of glibc instead of eight a core, and freed memory goes back at once; together with the small young
# generation below a worker needs a third less memory
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    PHASEGATE_HEALTH_ADDRESS=127.0.0.1:9465 \
    PHASEGATE_WORKSPACE_ROOT=/workspace
VOLUME /workspace
USER node
STOPSIGNAL SIGTERM
# whether the worker of this container takes work and reaches Temporal
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:9465/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--max-semi-space-size=2", "dist/worker.js"]
