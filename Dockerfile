# The browser client, from the locked npm dependency.
FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc web/copy.mjs ./
RUN npm ci --omit=dev && npm run build

# The program, static, with the pages and the client in it.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/static/npm web/static/npm
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/parley ./cmd/server \
 && mkdir /out/data

# Nothing else: no shell, no libraries. The user has a number and no name.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/parley /parley
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
VOLUME /data
EXPOSE 3000
# The port is that of the CMD below: outside, publish it as any other (-p 8080:3000).
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s \
  CMD ["/parley", "healthcheck", "--url", "http://127.0.0.1:3000/readyz"]
ENTRYPOINT ["/parley"]
# Inside a container loopback reaches nobody, so it listens on every address,
# and that takes a word about who may use it. Give other flags for other rules.
CMD ["serve", "--demo", "--listen", ":3000"]
