//! Bars in SVG: what a request costs, system beside system.

use std::fmt::Write as _;

/// Bars that belong together.
pub struct Group {
    pub name: String,
    pub bars: Vec<Bar>,
}

pub struct Bar {
    pub name: String,
    /// 1 is where the line is.
    pub value: f64,
    pub ours: bool,
}

const WIDTH: f64 = 860.0;
/// Where bars begin, and how long the longest may be.
const LEFT: f64 = 240.0;
const LENGTH: f64 = 540.0;
const BAR: f64 = 15.0;
const GAP: f64 = 4.0;
const BETWEEN: f64 = 26.0;
const TOP: f64 = 44.0;
/// What is longer is cut there, and says so.
const MOST: f64 = 4.0;

/// A chart with that title.
pub fn draw(title: &str, groups: &[Group]) -> String {
    let height = |group: &Group| group.bars.iter().map(|_| BAR + GAP).sum::<f64>() + BETWEEN;
    let total = TOP + groups.iter().map(height).sum::<f64>() + 12.0;
    let mut out = String::new();
    let _ = writeln!(
        out,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" width="{WIDTH}" height="{total}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="28" font-size="16" font-weight="600" fill="#1b1f24">{}</text>"##,
        escaped(title)
    );
    let at_one = LEFT + LENGTH / MOST;
    let _ = writeln!(
        out,
        r##"<line x1="{at_one}" x2="{at_one}" y1="{}" y2="{}" stroke="#8c959f" stroke-dasharray="3 3"/>
<text x="{at_one}" y="{}" text-anchor="middle" fill="#57606a">1.0</text>"##,
        TOP + 8.0,
        total - 8.0,
        TOP + 4.0
    );
    let mut y = TOP;
    for group in groups {
        y += BETWEEN;
        let middle = y + height(group) / 2.0 - BETWEEN / 2.0;
        let _ = writeln!(
            out,
            r##"<text x="16" y="{middle:.0}" font-weight="600" fill="#1b1f24">{}</text>"##,
            escaped(&group.name)
        );
        for bar in &group.bars {
            y = draw_bar(&mut out, bar, y);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Where the next begins.
fn draw_bar(out: &mut String, bar: &Bar, y: f64) -> f64 {
    let length = bar.value.min(MOST) / MOST * LENGTH;
    let colour = if bar.ours { "#d9480f" } else { "#8da2b5" };
    let weight = if bar.ours { "600" } else { "400" };
    let cut = if bar.value > MOST { " →" } else { "" };
    let (text, end, base) = (LEFT - 8.0, LEFT + length + 6.0, y + BAR - 3.5);
    let _ = writeln!(
        out,
        r##"<text x="{text}" y="{base:.1}" text-anchor="end" font-weight="{weight}" fill="#24292f">{}</text>
<rect x="{LEFT}" y="{y:.1}" width="{length:.1}" height="{BAR}" rx="2" fill="{colour}"/>
<text x="{end:.1}" y="{base:.1}" font-weight="{weight}" fill="#24292f">{:.2}{cut}</text>"##,
        escaped(&bar.name),
        bar.value
    );
    y + BAR + GAP
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
