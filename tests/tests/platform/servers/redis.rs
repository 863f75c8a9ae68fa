//! Redis: its configuration, its users, what survives a restart, and the Job that makes a cluster.

use std::thread::sleep;
use std::time::{Duration, Instant};

use checks::binary::Ran;

use super::container::Container;
use super::running::{PATIENCE, Running};
use super::secrets::password;
use super::world::World;

const OBJECT: &str = "StatefulSet data/redis";

/// Calls a server as a user.
fn ask(server: &Running, port: u16, user: &str, command: &[&str]) -> Ran {
    let word = format!("REDISCLI_AUTH={}", password("redis-users", user));
    let port = port.to_string();
    let mut called = vec!["env", &word, "redis-cli", "--no-auth-warning", "-c"];
    called.extend(["-e", "--user", user, "-p", &port]);
    called.extend(command);
    server.exec(&called)
}

fn answer(server: &Running, port: u16, user: &str, command: &[&str]) -> String {
    let ran = ask(server, port, user, command);
    assert_eq!(
        ran.code,
        Some(0),
        "{command:?}: {}{}",
        ran.stdout,
        ran.stderr
    );
    ran.stdout.trim_end().replace('\r', "")
}

/// The lines of a configuration file, each its name and its value.
fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

/// A number of bytes in full, quotes gone.
fn plain(value: &str) -> String {
    let value = value.trim_matches('"');
    match value.strip_suffix("mb").map(str::parse::<u64>) {
        Some(Ok(count)) => (count * 1024 * 1024).to_string(),
        _ => value.to_owned(),
    }
}

#[test]
fn redis_takes_every_setting_and_keeps_what_was_written() {
    let Some(world) = World::of("development") else {
        return;
    };
    let container = Container::of(&world, OBJECT, "redis-0", "redis");
    let server = container.start();
    let config = world.pod(OBJECT)["volumes"][0]["configMap"]["name"].clone();
    let files = world.config_map(config.as_str().expect("the configuration is a volume"));
    let mut count = 0;
    for (name, value) in ["redis.conf", "mode.conf"]
        .iter()
        .flat_map(|file| settings(&files[*file]))
        .filter(|(name, _)| *name != "include")
    {
        let told = answer(&server, 6379, "admin", &["config", "get", name]);
        assert_eq!(
            told.trim(),
            format!("{name}\n{}", plain(value)).trim(),
            "{name}"
        );
        count += 1;
    }
    assert!(count > 15, "{count} settings");
    let told = answer(&server, 6379, "admin", &["config", "get", "maxmemory"]);
    assert_eq!(
        told,
        format!("maxmemory\n{}", container.memory() / 100 * 60)
    );
    answer(&server, 6379, "cart", &["set", "cart:1", "three apples"]);
    let (code, log) = server.stop("TERM");
    assert_eq!(code, Some(0), "{log}");
    let again = container.start();
    assert_eq!(
        answer(&again, 6379, "cart", &["get", "cart:1"]),
        "three apples"
    );
}

#[test]
fn users_of_redis_may_do_what_they_need_and_nothing_else() {
    let Some(world) = World::of("development") else {
        return;
    };
    let server = Container::of(&world, OBJECT, "redis-0", "redis").start();
    let nobody = server.exec(&["redis-cli", "-e", "ping"]);
    assert!(
        nobody.stderr.contains("NOAUTH") || nobody.stdout.contains("NOAUTH"),
        "{nobody:?}"
    );
    for (user, command) in [
        ("auth", &["set", "auth:session", "1", "ex", "60"][..]),
        ("cart", &["hset", "cart:1", "apples", "3"]),
        ("product", &["publish", "product:changed", "1"]),
        ("admin", &["dbsize"]),
        // What the exporter asks for.
        ("monitor", &["info", "all"]),
        ("monitor", &["config", "get", "maxmemory"]),
        ("monitor", &["latency", "latest"]),
        ("monitor", &["slowlog", "get"]),
        ("monitor", &["client", "list"]),
        ("monitor", &["ping"]),
        ("replica", &["ping"]),
    ] {
        answer(&server, 6379, user, command);
    }
    for (user, command) in [
        ("auth", &["get", "cart:1"][..]),
        ("cart", &["flushall"]),
        ("cart", &["keys", "*"]),
        ("cart", &["config", "get", "*"]),
        ("product", &["publish", "auth:changed", "1"]),
        ("monitor", &["get", "cart:1"]),
        ("monitor", &["config", "set", "maxmemory", "1"]),
        ("replica", &["get", "cart:1"]),
    ] {
        let ran = ask(&server, 6379, user, command);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.contains("NOPERM"), "{user}: {command:?}: {told}");
    }
}

#[test]
fn six_nodes_of_redis_become_a_cluster_and_stay_one() {
    let Some(mut world) = World::of("production") else {
        return;
    };
    let config = world.pod(OBJECT)["volumes"][0]["configMap"]["name"].clone();
    let config = config.as_str().expect("the configuration is a volume");
    let mode = world.config_map(config)["mode.conf"].clone();
    let mut nodes = Vec::new();
    for number in 0..6 {
        // One machine, one address: each node takes a port of its own.
        let port = format!("700{number}");
        world.change(&format!("ConfigMap data/{config}"), |object| {
            object["data"]["mode.conf"] = format!("{mode}\nport {port}\n").into();
        });
        let node = Container::of(&world, OBJECT, &format!("redis-{number}"), "redis");
        nodes.push(node.replacing("-p 6379", &format!("-p {port}")).start());
    }
    let names = "redis-0:7000 redis-1:7001 redis-2:7002 redis-3:7003 redis-4:7004 redis-5:7005";
    let job = Container::of(&world, "Job data/redis-cluster", "cluster", "cluster");
    let job = job.with("NODES", names);
    for _ in 0..2 {
        let ran = job.run();
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    }
    answer(&nodes[0], 7000, "cart", &["set", "cart:1", "three apples"]);
    assert_eq!(
        answer(&nodes[5], 7005, "cart", &["get", "cart:1"]),
        "three apples"
    );
    let told = |what: &str| {
        let roles = (7000..).zip(&nodes);
        let roles = roles.map(|(port, node)| answer(node, port, "admin", &["info", "replication"]));
        roles.filter(|told| told.contains(what)).count()
    };
    assert_eq!(told("role:master"), 3);
    // Each replica logs in to its primary, which takes it a while.
    let since = Instant::now();
    while told("master_link_status:up") < 3 {
        assert!(since.elapsed() < PATIENCE, "not every replica follows");
        sleep(Duration::from_millis(200));
    }
}
