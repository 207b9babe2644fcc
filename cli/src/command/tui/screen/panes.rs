//! The panes, and the line about what is looked at.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use retold_core::Clock;
use unicode_width::UnicodeWidthStr;

use super::Pen;
use crate::command::tui::model::{Coming, EventRow, Model, Opened, Pane, SessionItem, Tab, Task, column_of};
use crate::output::counted;
use crate::printable::printable;
use crate::session;
use crate::travel_args;

/// A list of sessions that is narrower tells no status.
const NARROW: u16 = 60;

/// A list of sessions that is narrower tells no tools.
const TOOLED: u16 = 100;

/// A list of events that is narrower tells the time of day alone, and no time at all below the other width: the line below tells
/// when the one under the cursor was.
const DATED: u16 = 56;
const TIMED: u16 = 30;
/// Room for a session's id, and below which it is cut where there is little.
const ID: usize = 12;
const ID_NARROW: usize = 10;
/// As much of one as is shown where it takes that much to name it.
const ID_MAX: usize = 24;
/// Sessions that are deeper under others are no further to the right.
const DEEPEST: usize = 4;
const TOOL: usize = 8;

/// A time to the minute, in the zone of the person.
fn minute(at: i64, model: &Model) -> String {
    travel_args::instant(at, &model.zone).chars().take(16).collect()
}

/// Returns how long ago a time is, in at most five columns; one of more than a month ago as its day, of more than a year ago as its
/// year.
fn age(at: i64, model: &Model) -> String {
    match (model.wall.saturating_sub(at)) / 60_000_000 {
        minutes @ 0..60 => format!("{minutes}m"),
        minutes @ 60..1_440 => format!("{}h", minutes / 60),
        minutes if (1_440..44_640).contains(&minutes) => format!("{}d", minutes / 1_440),
        minutes => {
            let part = if (44_640..525_600).contains(&minutes) { 5..10 } else { 0..4 };
            minute(at, model).get(part).unwrap_or_default().to_owned()
        }
    }
}

/// The time of an event that is shown.
fn time_of(row: &EventRow, model: &Model) -> i64 {
    match model.clock {
        Clock::Occurred => row.occurred_at,
        Clock::Recorded => row.recorded_at,
    }
}

/// The rows of a pane below its title.
fn rows(area: Rect) -> impl Iterator<Item = Rect> {
    (area.top() + 1..area.bottom()).map(move |y| Rect { y, height: 1, ..area })
}

fn title(pen: &mut Pen<'_>, area: Rect, text: &str, has_focus: bool) {
    let style = pen.theme.title(has_focus);
    pen.write(Rect { height: area.height.min(1), ..area }, &format!(" {text}"), style);
}

pub(super) fn sessions(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let has_focus = model.focus == Pane::Sessions;
    pen.clear(area);
    let list = &model.sessions;
    title(pen, area, format!("Sessions  {}", list.filter).trim_end(), has_focus);
    if list.is_read && list.rows.is_empty() {
        let style = pen.theme.faint();
        let texts = match list.filter.is_empty() {
            true => ["no session yet", "`retold import` takes in what is on this machine"],
            false => ["no session is listed", "F lists others"],
        };
        for (area, text) in rows(area).zip(texts) {
            pen.write(area, &format!(" {text}"), style);
        }
    }
    let top = usize::try_from(list.list.top).unwrap_or(usize::MAX);
    let seen = list.rows.iter().skip(top).take(area.height.into());
    let widest = seen.map(|row| row.called.text.width()).max().unwrap_or(0);
    let ids = widest.clamp(ID_NARROW, if area.width < NARROW { ID_NARROW } else { ID_MAX });
    for ((area, row), at) in rows(area).zip(list.rows.iter().skip(top)).zip(list.list.top..) {
        let is_open = model.opened.as_ref().is_some_and(|opened| opened.name == row.name);
        let (mark, trouble) = (if is_open { '>' } else { ' ' }, row.trouble.unwrap_or(' '));
        let style = if row.trouble.is_some() { pen.theme.error() } else { pen.theme.plain() };
        let style = if at == list.list.cursor { pen.theme.cursor(style, has_focus) } else { style };
        // Beside the others there is room for what it was to do; its status is in the state.
        let (id, rest) = match area.width < NARROW {
            true => {
                let at = row.shown_at.map_or_else(String::new, |at| age(at, model));
                (padded(&row.called.text, ids), format!(" {at:>5} {}", told(row)))
            }
            false => {
                let at = row.shown_at.map_or_else(String::new, |at| minute(at, model));
                let has_tool = area.width >= TOOLED;
                let tool = if has_tool { format!("  {}", padded(&row.tool, TOOL)) } else { String::new() };
                let id = padded(&row.called.text, if has_tool { ids.max(ID) } else { ids });
                (id, format!("  {at:16}  {:<11}{tool}  {}", row.status, told(row)))
            }
        };
        let called = row.called.shown(|text| printable(text).into_owned());
        let (apart, more) = session::apart(&id, called.apart);
        let [bold, plain] = [style.add_modifier(Modifier::BOLD), style.remove_modifier(Modifier::BOLD)];
        let marks = format!("{mark}{trouble}");
        pen.write_pieces(area, &[(&marks, style), (apart, bold), (more, plain), (&rest, style)], style);
    }
}

/// What a session was to do, after what is under it or how deep it is under another one.
fn told(row: &SessionItem) -> String {
    let SessionItem { under, depth, task, .. } = row;
    match (under.shown, under.count, depth) {
        (None, 0, 0) if row.is_part => format!("└ {task}"),
        (None, 0, depth) if *depth > 0 => {
            format!("{}└ {task}", "  ".repeat((*depth - 1).min(DEEPEST)))
        }
        (None, 0, _) => task.clone(),
        (None, count, _) => format!("▸ {count}  {task}"),
        (Some(shown), count, _) if shown < count => format!("▾ {shown} of {count}  {task}"),
        (Some(_), count, _) => format!("▾ {count}  {task}"),
    }
}

pub(super) fn events(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let has_focus = model.focus == Pane::Events;
    let Some(opened) = &model.opened else { return title(pen, area, "Events", has_focus) };
    title(pen, area, &format!("Events  {} of {}", opened.at(), opened.last), has_focus);
    let digits = opened.last.to_string().len() + 1;
    for (area, revision) in rows(area).zip(opened.events.top + 1..=opened.last) {
        let Some(row) = opened.event(revision) else { continue };
        let mark = match (row.is_error, opened.base == Some(revision), revision == opened.at()) {
            (_, true, _) => '*',
            (true, ..) => '!',
            (_, _, true) => '>',
            _ => ' ',
        };
        let style = if row.is_error { pen.theme.error() } else { pen.theme.plain() };
        let style = if revision == opened.at() { pen.theme.cursor(style, has_focus) } else { style };
        let at = minute(time_of(row, model), model);
        let at = match area.width {
            ..TIMED => String::new(),
            TIMED..DATED => format!("{}  ", at.get(11..).unwrap_or_default()),
            DATED.. => format!("{at}  "),
        };
        let revision = format!("r{revision}");
        let text = format!("{mark}{revision:>digits$}  {at}{}  {}", short(row.kind), row.said);
        pen.write(area, &text, style);
    }
}

/// The name of an event, shorter: what follows says what it is that came or changed.
fn short(kind: &str) -> &str {
    ["Changed", "Added", "Appended"].iter().find_map(|end| kind.strip_suffix(end)).unwrap_or(kind)
}

pub(super) fn inspector(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let has_focus = model.focus == Pane::Inspector;
    let Some(opened) = &model.opened else { return title(pen, area, "State", has_focus) };
    title(pen, area, &heading(opened), has_focus);
    if let Some(words) = waiting(opened) {
        let style = pen.theme.faint();
        let row = rows(area).next().unwrap_or(area);
        return pen.write(row, &format!(" {words}"), style);
    }
    let Some(view) = &opened.view else { return };
    // While the next one is on its way, the last one stays.
    let skip = usize::try_from(opened.rows.top.saturating_sub(view.ask.first)).unwrap_or(usize::MAX);
    for ((area, line), at) in rows(area).zip(view.rows.iter().skip(skip)).zip(opened.rows.top..) {
        let is_here = at == opened.rows.cursor && has_focus;
        let mark = if is_here { ">" } else { " " };
        let style = |style| if is_here { pen.theme.cursor(style, true) } else { style };
        if line.pieces.is_empty() {
            let style = style(pen.theme.sign(line.sign));
            pen.write(area, &format!("{mark}{}", line.text), style);
        } else {
            let plain = (mark, style(pen.theme.plain()));
            let pieces = line.pieces.iter().map(|(text, tone)| (text.as_str(), style(pen.theme.tone(*tone))));
            let pieces: Vec<_> = std::iter::once(plain).chain(pieces).collect();
            pen.write_pieces(area, &pieces, plain.1);
        }
    }
}

/// Says which of the four it is, and of what.
fn heading(opened: &Opened) -> String {
    let what = match opened.tab {
        Tab::Talk => format!("Conversation at r{}", opened.at()),
        Tab::State => format!("State at r{}", opened.at()),
        Tab::Diff => format!("Diff r{}..r{}", opened.before(), opened.at()),
        Tab::Blame => format!("Blame at r{}", opened.at()),
        Tab::Body => format!("Body of r{}", opened.at()),
    };
    match opened.place {
        retold_travel::Path::Whole => what,
        ref place => {
            let view = opened.view.as_ref().filter(|view| view.ask.place == *place);
            let place = view.map_or_else(|| place.to_string(), |view| view.place.clone());
            format!("{what}  {}", printable(&place))
        }
    }
}

fn waiting(opened: &Opened) -> Option<String> {
    if opened.is_stopped {
        return Some("stopped".to_owned());
    }
    let Coming { done, of } = opened.coming?;
    Some(format!("reading, {done} of {}; Esc stops", counted(of, "event")))
}

/// Where in the session it is: the event that is looked at, and the base.
pub(super) fn bar(pen: &mut Pen<'_>, opened: &Opened, area: Rect) {
    let column = |revision| column_of(revision, area.width, opened.last);
    pen.write(area, &"─".repeat(area.width.into()), pen.theme.faint());
    let base = opened.base.map(|base| (column(base), "*"));
    for (at, sign) in base.into_iter().chain([(column(opened.at()), "●")]) {
        pen.write(Rect { x: area.x + at, width: 1, ..area }, sign, pen.theme.strong());
    }
}

/// A text of so many columns.
fn padded(text: &str, columns: usize) -> String {
    let text = crate::output::cut(&printable(text), columns);
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// Session, revision, position, time, base, and what is under way.
pub(super) fn status(pen: &mut Pen<'_>, model: &Model, area: Rect) {
    let style = pen.theme.status();
    let Some(opened) = &model.opened else { return pen.write(area, " no session", style) };
    let mut parts = vec![session::short(&opened.name), format!("r{}", opened.at())];
    if let Some(scan) = &model.scan {
        // What is under way is told first.
        let what = match &scan.task {
            Task::Text(text) => format!("`{text}`"),
            Task::Error => "an error".to_owned(),
        };
        parts.push(format!("at r{} on the way to {what}; Esc stops", scan.from));
    }
    if let Some(row) = opened.event(opened.at()) {
        parts.push(format!("position {}", row.position));
        let by = if model.clock == Clock::Recorded { "recorded " } else { "" };
        parts.push(format!("{by}{}", travel_args::instant(time_of(row, model), &model.zone)));
    }
    parts.extend(opened.base.map(|base| format!("base r{base}")));
    parts.extend(model.follow.then(|| "follow".to_owned()));
    parts.extend(model.play.as_ref().map(|play| format!("plays ×{}", play.speed)));
    pen.write(area, &format!(" {}", parts.join("  ")), style);
}
