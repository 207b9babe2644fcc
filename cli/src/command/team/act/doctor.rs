//! `retold team doctor`: how a team's server is, and what mends it.

use retold_core::time::{from_micros, shown};
use retold_team::health::{self, Health, ListsOf};

use crate::command::finding::{Finding, answer};
use crate::command::ship::target::failure_of;
use crate::command::team::place::Upkeep;
use crate::command::team::server::{connect, failed, teams};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::store::NO_HEAD;

/// Where a server listens that no other machine reaches.
const LOOPBACK: [&str; 4] = ["", "localhost", "127.0.0.1", "::1"];
/// The versions of PostgreSQL that the schema is for, from this one on.
const VERSION_MIN: i32 = 150_000;
/// A token that ends within so many days is told.
const TOKEN_DAYS: u16 = 14;
/// Lists that lack a shipment for longer are late, in seconds.
const LATE: f64 = 300.0;
/// A transaction that runs for longer keeps deleted rows, in seconds.
const LONG: f64 = 300.0;
/// Bodies have partitions for so many months at least, this one among them.
const MONTHS_MIN: u64 = 3;
/// Parts in a hundred of the age at which PostgreSQL freezes rows whatever that takes; it stops taking writes at about a thousand.
const AGE_WARN: u64 = 150;
const AGE_BAD: u64 = 500;
/// Parts in a hundred of all connections.
const CONNECTIONS_WARN: u64 = 80;
/// Bytes of the write-ahead log that a slot nobody reads may keep.
const SLOT_BYTES_MAX: u64 = 1 << 30;

pub(super) fn doctor(upkeep: &Upkeep, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let (name, mut client) = connect(&upkeep.database, upkeep.insecure, context)?;
    let newest = retold_team::schema::newest();
    let found =
        retold_team::schema::current(&mut client).map_err(|error| failed("look at", &name, &error))?;
    if found != newest {
        // Of another release nothing else is known.
        return answer(context, NO_HEAD, vec![schema(found, newest)]);
    }
    let teams = teams(upkeep, &name, &mut client)?;
    let health = health::read(&mut client, &teams, TOKEN_DAYS)
        .map_err(|error| failure_of("look at", &name, &error))?;
    let findings = [of_server(&health), of_rights(&health), of_logs(&health), of_bodies(&health, context)];
    answer(context, NO_HEAD, findings.into_iter().flatten().collect())
}

fn schema(found: i32, newest: i32) -> Finding {
    match found {
        0 => Finding::bad("schema", "none", "retold team init ADDRESS --tenant NAME"),
        found if found < newest => Finding::warn(
            "schema",
            format!("{found}, this release has {newest}"),
            "retold team migrate ADDRESS",
        ),
        found if found > newest => Finding::warn(
            "schema",
            format!("{found}, this release knows {newest}"),
            "look with the release that migrated it",
        ),
        _ => Finding::ok("schema", format!("{found}, the newest")),
    }
}

/// Where each setting has to be so: the value, whether it is bad where it is not, and why.
const WANTED: &[(&str, &[&str], bool, &str)] = &[
    ("fsync", &["on"], true, "what was taken may be lost with the power"),
    ("full_page_writes", &["on"], true, "a crash may leave half a page"),
    (
        "synchronous_commit",
        &["on", "remote_apply", "remote_write"],
        true,
        "a laptop is told that what it shipped is there before it is on the disk",
    ),
    ("autovacuum", &["on"], true, "deleted rows stay, and transaction ids run out"),
    ("track_counts", &["on"], true, "autovacuum does nothing without it"),
    ("password_encryption", &["scram-sha-256"], false, "new passwords are kept as MD5"),
    ("wal_level", &["replica", "logical"], false, "no standby and no archive of the log can be had"),
];

fn of_server(health: &Health) -> Vec<Finding> {
    let set = |name: &str| health.settings.get(name).map_or("", String::as_str);
    let version = set("server_version");
    let (least, has) = (VERSION_MIN / 10_000, health.version >= VERSION_MIN);
    let mut findings = vec![
        schema(health.schema.0, health.schema.1),
        match has {
            true => Finding::ok("PostgreSQL", version),
            false => Finding::bad("PostgreSQL", version, format!("upgrade to {least} or newer")),
        },
    ];
    let is_so = |wanted: &&(&str, &[&str], bool, &str)| wanted.1.iter().any(|value| *value == set(wanted.0));
    let others: Vec<_> = WANTED.iter().filter(|wanted| !is_so(wanted)).collect();
    for (name, values, is_bad, why) in &others {
        let found = format!("{name} is {}: {why}", set(name));
        let mend =
            format!("alter system set {name} = '{}'; then restart the server, or reload it", values[0]);
        findings.push(if *is_bad {
            Finding::bad("settings", found, mend)
        } else {
            Finding::warn("settings", found, mend)
        });
    }
    if others.is_empty() {
        findings.push(Finding::ok(
            "settings",
            WANTED.iter().map(|wanted| wanted.0).collect::<Vec<_>>().join(", "),
        ));
    }
    findings.push(match (set("ssl"), set("listen_addresses")) {
        ("on", _) => Finding::ok("TLS", "on"),
        (_, near) if near.split(',').all(|one| LOOPBACK.contains(&one.trim())) => {
            Finding::ok("TLS", "off; no other machine reaches it")
        }
        (_, far) => Finding::warn(
            "TLS",
            format!("off, and it listens on {far}: laptops refuse to connect, or do so in the open"),
            "alter system set ssl = 'on'; with a certificate",
        ),
    });
    findings.push(match (set("archive_mode"), health.archiving_fails) {
        // Whether dumps are made nobody knows here.
        ("off", _) => Finding::ok("archive", "off: a restore goes back to the last dump"),
        (_, true) => Finding::bad("archive", "archiving failed last", "select * from pg_stat_archiver"),
        (mode, false) => Finding::ok("archive", mode),
    });
    for (slot, bytes) in &health.slots {
        let found = format!("nobody reads {slot}, which keeps {} of the write-ahead log", size(*bytes));
        findings.push(match *bytes > SLOT_BYTES_MAX {
            true => Finding::bad("slots", found, format!("select pg_drop_replication_slot('{slot}')")),
            false => Finding::warn("slots", found, format!("select pg_drop_replication_slot('{slot}')")),
        });
    }
    let max: u64 = set("max_connections").parse().unwrap_or(0);
    let connections = format!("{} of {max}", health.connections);
    findings.push(match health.connections * 100 > max * CONNECTIONS_WARN {
        true => {
            Finding::warn("connections", connections, "`retold serve`, which shares few among all laptops")
        }
        false => Finding::ok("connections", connections),
    });
    findings.push(age(health));
    findings.push(match &health.oldest {
        Some((who, seconds)) if *seconds > LONG => Finding::warn(
            "transactions",
            format!("that of {who} has run for {seconds:.0} s: deleted rows stay as long as it does"),
            "select pg_terminate_backend(PID), or rollback prepared 'NAME'",
        ),
        Some((_, seconds)) => Finding::ok("transactions", format!("the oldest has run for {seconds:.0} s")),
        None => Finding::ok("transactions", "none beside this one"),
    });
    findings
}

fn age(health: &Health) -> Finding {
    let (age, max) = health.age;
    let found = format!("the oldest row that is not frozen is {age} transactions old, of {max}");
    let mend = "vacuum (freeze, verbose), and what keeps autovacuum from it: see transactions and slots";
    match age.saturating_mul(100) / max.max(1) {
        parts if parts >= AGE_BAD => Finding::bad("wraparound", found, mend),
        parts if parts >= AGE_WARN => Finding::warn("wraparound", found, mend),
        _ => Finding::ok("wraparound", found),
    }
}

fn of_rights(health: &Health) -> Vec<Finding> {
    let mut findings = Vec::new();
    let migrate = "retold team migrate ADDRESS, as a role that may create roles";
    if !health.missing_roles.is_empty() {
        let found = format!("there is no {}", health.missing_roles.join(", "));
        findings.push(Finding::bad("roles", found, migrate));
    }
    if !health.not_owned.is_empty() {
        let found = format!("not of retold_owner: {}", health.not_owned.join(", "));
        findings.push(Finding::warn(
            "roles",
            found,
            "alter … owner to retold_owner, or drop what is not of retold",
        ));
    }
    if !health.open_functions.is_empty() {
        let found = format!("anybody may call {}", health.open_functions.join(", "));
        findings.push(Finding::bad(
            "roles",
            found,
            "revoke all on all functions in schema retold from public",
        ));
    }
    if !health.unguarded.is_empty() {
        let found = format!("readers see all rows of {}", health.unguarded.join(", "));
        findings.push(Finding::bad("roles", found, "alter table retold.NAME enable row level security"));
    }
    for (role, what) in &health.overlooking {
        let (is, mend) = match what.as_str() {
            attribute @ ("superuser" | "bypassrls") => {
                (format!("has {attribute}"), format!("alter role {role} no{attribute}"))
            }
            of => (
                format!("is a member of {of}"),
                format!("revoke {of} from {role}, and a role of its own for that"),
            ),
        };
        let found = format!("{role}, a person's, {is}: it sees or does more than is the person's");
        findings.push(Finding::warn("roles", found, mend));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("roles", "each sees and does what it is for"));
    }
    findings
}

fn of_logs(health: &Health) -> Vec<Finding> {
    let (logs, diverged) = health.logs;
    let found = counted(logs, "log");
    let mut findings = vec![match diverged {
        0 => Finding::ok("logs", found),
        some => Finding::warn(
            "logs",
            format!("{found}, of which {some} diverged"),
            "retold store restore, on the laptop of one of the two copies",
        ),
    }];
    findings.extend(health.lists.iter().flat_map(lists));
    findings
}

fn lists(of: &ListsOf) -> Vec<Finding> {
    let ListsOf { team, shipments: (has, last), waits, stale: (again, left) } = of;
    let found = match last.saturating_sub(*has) {
        0 => format!("{team}: up to date, shipment {last}"),
        lacks => {
            format!("{team}: {} not taken in, the first of them for {waits:.0} s", counted(lacks, "shipment"))
        }
    };
    let mut findings = vec![match *waits > LATE {
        true => Finding::warn("lists", found, "retold team work ADDRESS --follow"),
        false => Finding::ok("lists", found),
    }];
    if *again > 0 && *waits <= LATE && has == last {
        let found = format!("{team}: {} to be made again", counted(*again, "session"));
        findings.push(Finding::warn("lists", found, "retold team work ADDRESS --follow"));
    }
    if *left > 0 {
        let found = format!(
            "{team}: {} listed as before an event that this release cannot read",
            counted(*left, "session")
        );
        findings.push(Finding::warn(
            "lists",
            found,
            "a newer release of `retold team work`; `retold team verify ADDRESS`",
        ));
    }
    findings
}

fn of_bodies(health: &Health, context: &Context<'_>) -> Vec<Finding> {
    let at = |micros: i64| from_micros(micros).map_or_else(String::new, |at| shown(at, &context.zone()));
    let months = format!("partitions for {}", counted(health.months, "month"));
    let migrate = "retold team migrate ADDRESS";
    let mut findings = vec![match (health.months, health.has_other) {
        (0, _) => Finding::warn("bodies", "this month has no partition", migrate),
        (_, true) => Finding::warn(
            "bodies",
            format!("{months}; some arrived in a month without one, and cannot be dropped by month"),
            format!("{migrate}, at least once a year"),
        ),
        (some, false) if some < MONTHS_MIN => Finding::warn("bodies", months, migrate),
        (_, false) => Finding::ok("bodies", months),
    }];
    let kept = health.retention.iter().map(|team| match team.months {
        Some(months) => format!("{}: {}", team.team, counted(months.into(), "month")),
        None => format!("{}: for good", team.team),
    });
    findings.push(Finding::ok("kept", kept.collect::<Vec<_>>().join("; ")));
    findings.push(match health.residue.iter().map(|table| table.since).min() {
        None => Finding::ok("redactions", "nothing is known to be left of them in the tables"),
        Some(since) => Finding::warn(
            "redactions",
            format!("bytes of what was erased since {} are left in {}", at(since), {
                let parts: Vec<&str> = health.residue.iter().map(|table| table.part.as_str()).collect();
                parts.join(", ")
            }),
            "retold team redact --purge ADDRESS",
        ),
    });
    for token in &health.expiring {
        findings.push(Finding::warn(
            "tokens",
            format!("{}, {} of {}, ends {}", token.id, token.device, token.person, at(token.at)),
            format!(
                "retold team token {} --device {} --expires 90d --database ADDRESS",
                token.person, token.device
            ),
        ));
    }
    if health.expiring.is_empty() {
        findings.push(Finding::ok("tokens", format!("none ends within {TOKEN_DAYS} days")));
    }
    findings.push(match health.unknown.is_empty() {
        true => Finding::ok("statistics", "of all tables that have many rows"),
        false => {
            let unknown = health.unknown.join(", ");
            Finding::warn("statistics", format!("none of {unknown}"), "analyze, and see autovacuum")
        }
    });
    let sizes: Vec<String> = health
        .sizes
        .iter()
        .filter(|(_, bytes)| *bytes > 0)
        .map(|(table, bytes)| format!("{table} {}", size(*bytes)))
        .collect();
    findings.push(Finding::ok("sizes", sizes.join(", ")));
    findings
}
