//! `PostgreSQL`: its configuration, its users, the Jobs that set it up, and its backup.

use checks::binary::Ran;

use super::container::Container;
use super::running::Running;
use super::secrets::password;
use super::world::World;

const OBJECT: &str = "StatefulSet data/postgres";

fn started(world: &World) -> Running {
    Container::of(world, OBJECT, "postgres-0", "postgres").start()
}

/// Calls psql over the network, as a user with a password.
fn ask(server: &Running, user: &str, password: &str, database: &str, sql: &str) -> Ran {
    let word = format!("PGPASSWORD={password}");
    let psql = ["psql", "-XAt", "-h", "127.0.0.1", "-v", "ON_ERROR_STOP=1"];
    let mut called = vec!["env", &word];
    called.extend(psql);
    called.extend(["-U", user, "-d", database, "-c", sql]);
    server.exec(&called)
}

/// What the superuser is answered.
fn answer(server: &Running, database: &str, sql: &str) -> String {
    let word = password("postgres-superuser", "password");
    let ran = ask(server, "postgres", &word, database, sql);
    assert_eq!(ran.code, Some(0), "{sql}: {}", ran.stderr);
    ran.stdout.trim_end().to_owned()
}

/// What a role is answered.
fn as_role(server: &Running, role: &str, database: &str, sql: &str) -> Ran {
    ask(
        server,
        role,
        &password("postgres-roles", role),
        database,
        sql,
    )
}

/// Runs the Jobs that prepare the server.
fn set_up(world: &World) {
    for (name, container) in [
        ("postgres-roles", "roles"),
        ("postgres-migrations", "migrate"),
    ] {
        let object = format!("Job data/{name}");
        let ran = Container::of(world, &object, name, container).run();
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.stdout, ran.stderr);
    }
}

/// Starts the server of an environment, which chooses these sizes, and stops it.
fn takes_its_configuration(environment: &str, sizes: &[(&str, &str)]) {
    let Some(world) = World::of(environment) else {
        return;
    };
    let server = started(&world);
    let refused =
        "SELECT name, setting, error FROM pg_file_settings WHERE NOT applied OR error IS NOT NULL";
    assert_eq!(answer(&server, "postgres", refused), "");
    let refused = "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL";
    assert_eq!(answer(&server, "postgres", refused), "");
    let written = world.pod(OBJECT)["volumes"][0]["configMap"]["name"].clone();
    let files = world.config_map(written.as_str().expect("the configuration is a volume"));
    let is_setting = |line: &&str| line.contains(" = ");
    let lines = ["postgresql.conf", "sizing.conf"].map(|name| files[name].lines());
    let count = lines.into_iter().flatten().filter(is_setting).count();
    let known = answer(&server, "postgres", "SELECT count(*) FROM pg_file_settings");
    assert_eq!(known, count.to_string(), "each line is a setting");
    for (name, value) in sizes {
        assert_eq!(answer(&server, "postgres", &format!("SHOW {name}")), *value);
    }
    assert_eq!(answer(&server, "postgres", "SHOW data_checksums"), "on");
    // The signal with which the image asks for a stop.
    let (code, log) = server.stop("INT");
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("database system is shut down"), "{log}");
    let bad = ["WARNING:", "FATAL:", "PANIC:"];
    // While it starts it refuses its own probe.
    let bad =
        |line: &&str| bad.iter().any(|word| line.contains(word)) && !line.contains("starting up");
    let told: Vec<&str> = log.lines().filter(bad).collect();
    assert_eq!(told, Vec::<&str>::new());
}

#[test]
fn postgres_takes_every_setting_of_the_base() {
    let sizes = [("shared_buffers", "256MB"), ("max_connections", "100")];
    takes_its_configuration("development", &sizes);
}

#[test]
fn postgres_takes_every_setting_of_production() {
    let sizes = [("shared_buffers", "1GB"), ("max_connections", "200")];
    takes_its_configuration("production", &sizes);
}

#[test]
fn postgres_admits_by_password_alone_and_no_replica() {
    let Some(world) = World::of("production") else {
        return;
    };
    let server = started(&world);
    let right = password("postgres-superuser", "password");
    assert_eq!(
        ask(&server, "postgres", &right, "postgres", "SELECT 1").code,
        Some(0)
    );
    let wrong = ask(&server, "postgres", "guessed", "postgres", "SELECT 1");
    assert!(
        wrong.stderr.contains("password authentication failed"),
        "{}",
        wrong.stderr
    );
    let secret = format!("PGPASSWORD={right}");
    let replication = "host=127.0.0.1 user=postgres replication=true";
    let replica = server.exec(&[
        "env",
        &secret,
        "psql",
        "-X",
        replication,
        "-c",
        "IDENTIFY_SYSTEM",
    ]);
    assert!(
        replica.stderr.contains("rejects replication"),
        "{}",
        replica.stderr
    );
    // Inside the container, where the system's user is postgres.
    let local = server.exec(&[
        "psql",
        "-XAt",
        "-U",
        "postgres",
        "-c",
        "SELECT current_user",
    ]);
    assert_eq!(local.stdout, "postgres\n", "{}", local.stderr);
    let other = server.exec(&[
        "psql", "-X", "-U", "backup", "-d", "postgres", "-c", "SELECT 1",
    ]);
    assert!(
        other.stderr.contains("no pg_hba.conf entry"),
        "{}",
        other.stderr
    );
}

#[test]
fn the_setup_jobs_of_postgres_give_each_role_its_rights_and_may_run_again() {
    let Some(world) = World::of("production") else {
        return;
    };
    let server = started(&world);
    set_up(&world);
    set_up(&world);
    let insert = "INSERT INTO outbox (topic, key, payload) VALUES ('a', 'b', '{}')";
    assert_eq!(as_role(&server, "order", "order", insert).code, Some(0));
    for (role, database, sql, refusal) in [
        ("order", "order", "DROP TABLE outbox", "must be owner"),
        (
            "order",
            "order",
            "CREATE TABLE mine ()",
            "permission denied",
        ),
        ("order", "payment", "SELECT 1", "permission denied"),
        (
            "monitor",
            "order",
            "SELECT * FROM outbox",
            "permission denied",
        ),
        ("backup", "order", insert, "permission denied"),
        (
            "migrator",
            "postgres",
            "CREATE ROLE more",
            "permission denied",
        ),
    ] {
        let ran = as_role(&server, role, database, sql);
        assert!(
            ran.stderr.contains(refusal),
            "{role}: {sql}: {}",
            ran.stderr
        );
    }
    // What the exporter asks for.
    for sql in [
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE query IS NOT NULL",
        "SELECT pg_database_size('order') > 0",
        "SELECT count(*) > 0 FROM pg_settings",
        "SELECT count(*) >= 0 FROM pg_stat_statements",
        "SELECT count(*) > 0 FROM pg_ls_waldir()",
    ] {
        let ran = as_role(&server, "monitor", "postgres", sql);
        assert_eq!(ran.stdout, "t\n", "{sql}: {}", ran.stderr);
    }
    let (_, log) = server.stop("INT");
    let secret = password("postgres-roles", "order").replace('\'', "''");
    assert!(!log.contains(&secret), "a password got into the log");
}

#[test]
fn a_migration_that_was_edited_after_it_was_applied_is_refused() {
    let Some(mut world) = World::of("production") else {
        return;
    };
    let _server = started(&world);
    set_up(&world);
    world.change("ConfigMap data/postgres-migrations", |object| {
        object["data"]["user-0001-users.sql"] = "SELECT 1;".into();
    });
    let job = Container::of(&world, "Job data/postgres-migrations", "again", "migrate");
    let ran = job.run();
    assert_ne!(ran.code, Some(0));
    let refusal = "user-0001-users.sql was edited after it was applied";
    assert!(ran.stderr.contains(refusal), "{}", ran.stderr);
}

#[test]
fn a_backup_of_postgres_is_restored_beside_the_live_databases() {
    let Some(world) = World::of("production") else {
        return;
    };
    let server = started(&world);
    set_up(&world);
    let row = "INSERT INTO users (email, name) VALUES ('a@example.com', 'A')";
    assert_eq!(as_role(&server, "user", "user", row).code, Some(0));
    let step = |object: &str, pod: &str, container: &str| {
        let ran = Container::of(&world, object, pod, container).run();
        assert_eq!(
            ran.code,
            Some(0),
            "{container}: {}{}",
            ran.stdout,
            ran.stderr
        );
        ran.stdout
    };
    step("CronJob data/postgres-backup", "backup", "dump");
    step("CronJob data/postgres-backup", "backup", "upload");
    step("Job data/postgres-restore", "restore", "download");
    let told = step("Job data/postgres-restore", "restore", "restore");
    assert!(told.contains("restored_user: 1 tables"), "{told}");
    let restored = answer(&server, "restored_user", "SELECT email FROM users");
    assert_eq!(restored, "a@example.com");
    // The weekly test has a server of its own.
    drop(server);
    let test = "CronJob data/postgres-restore-test";
    step(test, "weekly", "download");
    let told = step(test, "weekly", "restore");
    assert!(told.contains("restored_user: 1 tables"), "{told}");
    let server = started(&world);
    // What was restored for a test is in no later backup, and the next restore starts afresh.
    let ran = Container::of(&world, "CronJob data/postgres-backup", "later", "dump").run();
    assert!(!ran.stdout.contains("restored_"), "{}", ran.stdout);
    step("Job data/postgres-restore", "restore", "restore");
    let restored = answer(&server, "restored_user", "SELECT email FROM users");
    assert_eq!(restored, "a@example.com");
}
