//! `PostgreSQL` and Redis as this machine has them, with the very configuration, scripts and Jobs of the platform.
//!
//! Each container runs as its manifest says: its command, environment, mounts, user and read-only root, in namespaces
//! of its own (bubblewrap), with the machine's programs in place of the image's. What an image's entrypoint does
//! stands in `servers/programs/`. The versions are Debian's, which may be older than the images': a setting that the
//! older one doesn't know fails the test by its name.

mod container;
mod postgres;
mod redis;
mod running;
mod secrets;
mod volumes;
mod world;
