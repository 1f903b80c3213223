//! Charts as drawings of the server: bars whose parts differ in colour and pattern, with their figures in words. The
//! same stands in a table behind each.

/// Units of a drawing, each a pixel wherever it stands: what is too wide for a window is moved, not made smaller. The style
/// knows the widths.
const WIDTH: i64 = 700;
const HALF: i64 = 540;
const NAMES: i64 = 315;
const NAMES_OF_HALF: i64 = 240;
const FIGURES: i64 = 110;
const STEP: i64 = 26;
/// Letters of a name at most: so that wide ones end before the bars.
const LETTERS: usize = 38;

/// A bar to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Its parts from the left: class of the style, and how many.
    pub parts: Vec<(&'static str, i64)>,
    /// Its figures in words.
    pub figures: String,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows, for whoever does not see it.
    pub title: String,
    /// Units.
    pub width: i64,
    /// Units.
    pub height: i64,
    /// The bars.
    pub bars: Vec<Drawn>,
}

/// A bar as drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Its name, cut to the room that it has.
    pub name: String,
    /// Top of the bar.
    pub y: i64,
    /// Base line of its words.
    pub line: i64,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Where its figures begin.
    pub end: i64,
    /// Its figures.
    pub figures: String,
}

/// A part of a bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Class of the style.
    pub class: &'static str,
    /// Where it begins.
    pub x: i64,
    /// How long it is.
    pub width: i64,
}

impl Chart {
    /// Bars below each other, the longest as long as there is room.
    #[must_use]
    pub fn new(title: String, bars: Vec<Bar>) -> Self {
        Self::within(WIDTH, NAMES, title, bars)
    }

    /// The same where two stand beside each other, of bars with short names.
    #[must_use]
    pub fn half(title: String, bars: Vec<Bar>) -> Self {
        Self::within(HALF, NAMES_OF_HALF, title, bars)
    }

    fn within(width: i64, names: i64, title: String, bars: Vec<Bar>) -> Self {
        let room = width - names - FIGURES;
        let sum = |bar: &Bar| bar.parts.iter().map(|(_, n)| *n).sum::<i64>();
        let most = bars.iter().map(sum).max().unwrap_or(0).max(1);
        let mut y = 4;
        let mut drawn = Vec::with_capacity(bars.len());
        for bar in bars {
            let (mut parts, mut before) = (Vec::new(), 0);
            for (class, n) in bar.parts.into_iter().filter(|(_, n)| *n > 0) {
                let (x, end) = (before * room / most, (before + n) * room / most);
                // What is there is seen, however little it is.
                parts.push(Part { class, x: names + x, width: (end - x).max(1) });
                before += n;
            }
            let end = names + before * room / most + 8;
            drawn.push(Drawn { name: cut(&bar.name), y, line: y + 14, parts, end, figures: bar.figures });
            y += STEP;
        }
        Self { title, width, height: y, bars: drawn }
    }
}

/// The name of a bar of which there may be several: `name` gives way, so that all of `which` is there.
#[must_use]
pub fn named(name: &str, which: &str) -> String {
    let which = format!(" · {which}");
    cut_to(name, LETTERS.saturating_sub(which.chars().count())) + &which
}

fn cut(name: &str) -> String {
    cut_to(name, LETTERS)
}

fn cut_to(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    name.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_the_longest_bar_fills_the_room() {
        let bar =
            |parts: &[(&'static str, i64)]| Bar { name: "x".repeat(50), parts: parts.to_vec(), figures: String::new() };
        let chart =
            Chart::new("t".into(), vec![bar(&[("good", 3), ("bad", 1)]), bar(&[("good", 0), ("bad", 1)]), bar(&[])]);
        let [long, short, none] = chart.bars.as_slice() else { panic!("{chart:?}") };
        assert_eq!(long.parts[0].x + long.parts[0].width, long.parts[1].x);
        assert_eq!(long.parts[1].x + long.parts[1].width, WIDTH - FIGURES);
        assert_eq!((short.parts.len(), short.parts[0].class), (1, "bad"));
        assert!(none.parts.is_empty() && long.name.chars().count() == LETTERS);
        assert!(chart.height >= none.y + STEP && long.end <= WIDTH - FIGURES + 8);
    }

    #[test]
    fn a_long_name_leaves_room_for_what_tells_its_bars_apart() {
        assert_eq!(named("Dinas Kesehatan", "Tier 1"), "Dinas Kesehatan · Tier 1");
        let long = named("Dinas Pemberdayaan Masyarakat dan Desa", "Tier 2");
        assert_eq!((long.as_str(), cut(&long)), ("Dinas Pemberdayaan Masyaraka… · Tier 2", long.clone()));
    }

    #[test]
    fn nothing_at_all_is_drawn_without_a_fault() {
        assert_eq!(Chart::new(String::new(), Vec::new()).bars, []);
    }
}
