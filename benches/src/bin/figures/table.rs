//! Figures in aligned columns.

use crate::figure::{Figure, Spread, Target};

const COLUMNS: usize = 10;
const HEAD: [&str; COLUMNS] =
    ["figure", "ours", "unit", "beside", "ratio", "of pairs", "CPU ms", "others", "target", "met"];

pub(crate) fn table<'a>(figures: impl Iterator<Item = &'a Figure>) -> String {
    let rows: Vec<[String; COLUMNS]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(figures.map(cells)).collect();
    let widths: [usize; COLUMNS] =
        std::array::from_fn(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            // Numbers to the right.
            let (before, after) =
                if [1, 4, 7].contains(&at) { (padding, String::new()) } else { (String::new(), padding) };
            line.extend([before.as_str(), cell, &after, "  "]);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A ratio is the median of the pairs; beside it are the least and the most. `CPU ms` is the CPU time of a round, ours and
/// theirs; `others` is the CPU that other processes took meanwhile, in cores.
fn cells(figure: &Figure) -> [String; COLUMNS] {
    let beside = figure.rival.as_ref().map(|(name, value)| format!("{name} {}", number(*value)));
    let target = figure.target.map(|target| match target {
        Target::RatioAtLeast(least) => format!("{least} times"),
        Target::AtLeast(least) => format!(">= {}", number(least)),
        Target::AtMost(most) => format!("<= {}", number(most)),
    });
    let met = figure.met.map(|met| if met { "yes" } else { "NO" });
    [
        figure.name.clone(),
        number(figure.ours),
        figure.unit.to_owned(),
        beside.unwrap_or_default(),
        figure.ratio.map(number).unwrap_or_default(),
        figure.spread.map(spread).unwrap_or_default(),
        figure.cpu_ms.map(|(ours, theirs)| format!("{ours:.0} / {theirs:.0}")).unwrap_or_default(),
        figure.others_cores.map(|cores| format!("{cores:.2}")).unwrap_or_default(),
        target.unwrap_or_default(),
        met.unwrap_or_default().to_owned(),
    ]
}

fn spread(Spread { pairs, least, most }: Spread) -> String {
    format!("{}-{} of {pairs}", number(least), number(most))
}

/// Three figures that count, thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need_be() {
        assert_eq!(
            [1_234_567.8, 340.2, 61.25, 5.0, 0.1234].map(number),
            ["1,234,568", "340", "61.2", "5.00", "0.123"]
        );
    }
}
