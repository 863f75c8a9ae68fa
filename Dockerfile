# Every image holds a static program, an entry for `nobody`, and nothing else.
#
#   docker buildx bake                      all of them, compiled once, as docker-bake.hcl says
#   docker buildx build --build-arg FUNCTION=inject-probes .
#   make images                             all of them, from programs that cargo compiles on this machine
#
# The last way takes any builder, and neither a network nor another image. A builder without BuildKit runs every
# stage above the wanted one, so the stages that take compiled programs come first.

# What BuildKit's list of ingredients is to look at: an image alone doesn't show which crates it is made of.
ARG BUILDKIT_SBOM_SCAN_CONTEXT=true

FROM scratch AS image
ARG FUNCTION=plimsoll
LABEL org.opencontainers.image.title=${FUNCTION} \
      org.opencontainers.image.licenses=Apache-2.0
# kustomize and kpt run functions as `nobody`, who must be in /etc/passwd.
USER 65534:65534
# A program goes by its own name in messages, whatever the file is called; one entry point serves all.
ENTRYPOINT ["/plimsoll"]

# CI systems start a job's shell themselves, so that no entry point may be in the way.
FROM scratch AS shell
LABEL org.opencontainers.image.title=plimsoll-ci \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-only"
ENV PATH=/usr/local/bin:/bin HOME=/tmp
USER 65534:65534
CMD ["sh"]

# The context of these two is what `make images` packed: builders keep the times of an archive, not of a folder.
FROM image AS prebuilt
ADD content.tar /

FROM shell AS prebuilt-ci
ADD content.tar /

# The compiler runs as what the builder is, and compiles for the platform that is asked for.
FROM --platform=$BUILDPLATFORM rust:1.95.0-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS built
WORKDIR /source
ARG TARGETARCH
RUN case "$TARGETARCH" in \
      amd64) machine=x86_64 ;; \
      arm64) machine=aarch64 ;; \
      *) echo "there is no image for \"$TARGETARCH\"; build for amd64 or arm64" >&2; exit 1 ;; \
    esac && \
    echo "$machine" >/machine && \
    rustup target add "$machine-unknown-linux-gnu" && \
    { command -v "$machine-linux-gnu-gcc" || \
      { apt-get update && apt-get install --yes --no-install-recommends "crossbuild-essential-$TARGETARCH"; }; }
COPY . .
# A named target keeps the flags from what runs while it compiles. Where the sources of dependencies stand would be
# in the program, for messages of panics: that differs between machines, and is cut.
RUN read -r machine </machine && \
    target="$machine-unknown-linux-gnu" && \
    linker="CARGO_TARGET_$(echo "$target" | tr a-z- A-Z_)_LINKER" && \
    env "$linker=$machine-linux-gnu-gcc" \
      cargo build --locked --profile dist --config .cargo/dist.toml --config "target.$target.rustflags = \
        ['-Ctarget-feature=+crt-static', '--remap-path-prefix=$CARGO_HOME=/cargo']" \
      --workspace --exclude checks --bins --target "$target" && \
    mv "target/$target/dist" /built

# The whole content of each image, all of it as old as the sources.
FROM built AS contents
ARG SOURCE_DATE_EPOCH=0
RUN for program in $(find /built -maxdepth 1 -type f -perm -u+x -printf '%f\n'); do \
      install -D --mode=755 "/built/$program" "/images/$program/plimsoll" && \
      install -D --mode=644 Dockerfile.passwd "/images/$program/etc/passwd" || exit 1; \
    done && \
    find /images -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

# Debian's static shell for the platform that is asked for, with a link for each of its commands.
FROM contents AS contents-ci
ARG SOURCE_DATE_EPOCH=0
ARG TARGETARCH
RUN native="$(dpkg --print-architecture)" && dpkg --add-architecture "$TARGETARCH" && apt-get update && \
    cd "$(mktemp -d)" && apt-get download "busybox-static:$TARGETARCH" "busybox-static:$native" && \
    dpkg --extract busybox-static_*_"$TARGETARCH".deb theirs && dpkg --extract busybox-static_*_"$native".deb ours && \
    image=/images/plimsoll-ci && \
    install -D --mode=755 theirs/bin/busybox "$image/bin/busybox" && \
    install -D --mode=644 theirs/usr/share/doc/busybox-static/copyright "$image/usr/share/doc/busybox-static/copyright" && \
    install -D --mode=755 /built/plimsoll "$image/usr/local/bin/plimsoll" && \
    install -D --mode=755 /source/Dockerfile.nohup "$image/usr/local/bin/nohup" && \
    install -D --mode=644 /source/Dockerfile.passwd "$image/etc/passwd" && \
    install -d --mode=1777 "$image/tmp" && \
    for command in $(ours/bin/busybox --list); do \
      [ "$command" = busybox ] || ln -s busybox "$image/bin/$command" || exit 1; \
    done && \
    for program in $(ls /images); do \
      case "$program" in plimsoll|plimsoll-ci) ;; *) ln -s plimsoll "$image/usr/local/bin/$program" || exit 1 ;; esac; \
    done && \
    find "$image" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

FROM shell AS ci
COPY --from=contents-ci /images/plimsoll-ci /

FROM image
ARG FUNCTION=plimsoll
COPY --from=contents /images/${FUNCTION} /
