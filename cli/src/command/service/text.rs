//! What the service managers read: a unit for systemd, an agent for launchd.

use std::path::Path;

/// What the first line of a file of ours holds.
pub(super) const MARK: &str = "Made by `retold service install`, which replaces it";
/// What the service is called.
pub(super) const UNIT: &str = "retold.service";
pub(super) const LABEL: &str = "retold.import";

/// What is started, and with which variables.
#[derive(Clone, Debug)]
pub(super) struct Started {
    /// The program and its arguments.
    pub(super) words: Vec<String>,
    /// The variables that say where tools keep their files.
    pub(super) variables: Vec<(String, String)>,
}

/// Returns a systemd unit. What it may do is limited by system calls alone: mount namespaces, which would also limit the files, are
/// not there for every user, and a unit that asks for them does not start then.
pub(super) fn unit(started: &Started) -> String {
    let words: Vec<String> =
        started.words.iter().enumerate().map(|(number, word)| quoted(word, number > 0)).collect();
    let variables: String = started
        .variables
        .iter()
        .map(|(name, value)| format!("Environment={}\n", quoted(&format!("{name}={value}"), false)))
        .collect();
    format!(
        "# {MARK}.
[Unit]
Description=Take in what coding agents write (retold)
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={}
{variables}# Also where a newer retold has migrated the store: then the program of today is to be started.
Restart=on-failure
RestartSec=10
SuccessExitStatus=130
Nice=5
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX
SystemCallArchitectures=native

[Install]
WantedBy=default.target
",
        words.join(" ")
    )
}

/// Quotes a word for systemd. `is_expanded`: variables in it would be replaced, as in all words but the program's.
fn quoted(word: &str, is_expanded: bool) -> String {
    let mut quoted = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '%' => quoted.push_str("%%"),
            '$' if is_expanded => quoted.push_str("$$"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            letter if letter.is_control() => {
                let mut bytes = [0; 4];
                letter
                    .encode_utf8(&mut bytes)
                    .bytes()
                    .for_each(|byte| quoted.push_str(&format!("\\x{byte:02x}")));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a launchd agent.
pub(super) fn agent(started: &Started, home: &Path) -> String {
    let strings: String =
        started.words.iter().map(|word| format!("        <string>{}</string>\n", escaped(word))).collect();
    let pair = |(name, value): &(String, String)| {
        format!("        <key>{}</key>\n        <string>{}</string>\n", escaped(name), escaped(value))
    };
    let variables: String = started.variables.iter().map(pair).collect();
    let log = home.join("Library/Logs/retold.log");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!-- {MARK}. -->
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
{strings}    </array>
    <key>EnvironmentVariables</key>
    <dict>
{variables}    </dict>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>10</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>Umask</key>
    <integer>63</integer>
    <key>StandardErrorPath</key>
    <string>{}</string>
</dict>
</plist>
",
        escaped(&log.to_string_lossy())
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
