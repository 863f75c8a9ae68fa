# One image a function:  docker build --build-arg FUNCTION=inject-probes .
# From binaries that are there already, with no other image and no network:
#   docker build --target prebuilt --build-arg FUNCTION=inject-probes .
# takes target/images/inject-probes, which must be static. A program goes by its own name in messages, whatever
# the file is called, so that one ENTRYPOINT serves all of them.

FROM scratch AS base
# kustomize and kpt run functions as `nobody`, which must have an entry.
COPY Dockerfile.passwd /etc/passwd
USER 65534:65534
ENTRYPOINT ["/plimsoll"]

# Before the stage that compiles, because builders without BuildKit run every stage above the wanted one.
FROM base AS prebuilt
ARG FUNCTION=plimsoll
COPY target/images/${FUNCTION} /plimsoll

FROM rust:1.95 AS built
WORKDIR /source
COPY . .
# Naming the target keeps the flags from what runs while it compiles.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" && \
    RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --profile dist --workspace --exclude checks --bins --target "$target" && \
    mv "target/$target/dist" /built

FROM base
ARG FUNCTION=plimsoll
COPY --from=built /built/${FUNCTION} /plimsoll
