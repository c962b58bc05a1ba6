# docs/deployment.md says how to run it; test/deployment runs these steps.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund
COPY bin ./bin
COPY python ./python
COPY --from=build /build/dist ./dist
COPY --from=build /build/dist-pages ./dist-pages
RUN install --directory --owner=node --group=node /work
# Any address but loopback needs FUJIAN_TOKEN or FUJIAN_TOKEN_FILE: without it the service does not start.
ENV NODE_ENV=production FUJIAN_HOST=0.0.0.0 FUJIAN_PORT=1987 FUJIAN_CWD=/work
WORKDIR /work
USER node
EXPOSE 1987
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "const { FUJIAN_PORT, FUJIAN_TOKEN, FUJIAN_TOKEN_FILE: file } = process.env; const token = file ? require('fs').readFileSync(file, 'utf8').split('\\n')[0].trim() : FUJIAN_TOKEN; fetch(`http://127.0.0.1:${FUJIAN_PORT}/health/ready`, { headers: { Authorization: `Bearer ${token}` } }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "/app/dist/main.js"]
