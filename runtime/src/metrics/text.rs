//! A snapshot as text: `OpenMetrics` 1.0, or the older format of Prometheus (0.0.4). They differ in the names of
//! families, in how numbers are written, and in whether the end is said.

use super::samples::{Kind, Labels, Samples, Told, Value};
use std::fmt::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Writing to a string cannot fail; the results below say nothing.
pub(super) fn render(samples: &Samples, format: Format) -> String {
    let mut out = String::with_capacity(16 * 1024);
    for (name, told) in samples.families() {
        let _ = family(&mut out, name, told, format);
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn family(out: &mut String, name: &str, told: &Told, format: Format) -> std::fmt::Result {
    // A counter of OpenMetrics is called without the suffix that its samples have.
    let called = match (format, told.kind) {
        (Format::OpenMetrics, Kind::Counter) => name.strip_suffix("_total").unwrap_or(name),
        _ => name,
    };
    let kind = told.kind.name();
    writeln!(
        out,
        "# HELP {called} {}",
        escaped(told.help, format == Format::OpenMetrics)
    )?;
    writeln!(out, "# TYPE {called} {kind}")?;
    let unit = ["seconds", "bytes"].into_iter().find(|unit| {
        let rest = called.strip_suffix(unit);
        rest.is_some_and(|rest| rest.ends_with('_'))
    });
    if let (Format::OpenMetrics, Some(unit)) = (format, unit) {
        writeln!(out, "# UNIT {called} {unit}")?;
    }
    for (labels, value) in &told.samples {
        match value {
            Value::Count(count) => sample(out, name, labels, None, &count.to_string())?,
            Value::Number(number) => sample(out, name, labels, None, &written(*number))?,
            Value::Durations(durations) => {
                let bucket = format!("{name}_bucket");
                for (bound, count) in durations.cumulative() {
                    let bound = match format {
                        Format::OpenMetrics if bound.fract() == 0.0 => format!("{bound:.1}"),
                        _ => written(bound),
                    };
                    sample(out, &bucket, labels, Some(&bound), &count.to_string())?;
                }
                let (sum, count) = (durations.sum(), durations.count());
                sample(out, &format!("{name}_sum"), labels, None, &written(sum))?;
                sample(
                    out,
                    &format!("{name}_count"),
                    labels,
                    None,
                    &count.to_string(),
                )?;
            }
        }
    }
    Ok(())
}

fn sample(
    out: &mut String,
    name: &str,
    labels: &Labels,
    bound: Option<&str>,
    value: &str,
) -> std::fmt::Result {
    out.push_str(name);
    let own = labels.iter().map(|(name, value)| (&**name, &**value));
    let mut before = '{';
    for (name, value) in own.chain(bound.map(|bound| ("le", bound))) {
        write!(out, "{before}{name}=\"{}\"", escaped(value, true))?;
        before = ',';
    }
    if before == ',' {
        out.push('}');
    }
    writeln!(out, " {value}")
}

/// As both formats and Go read it.
fn written(number: f64) -> String {
    if number.is_finite() {
        number.to_string()
    } else if number.is_nan() {
        "NaN".to_owned()
    } else if number > 0.0 {
        "+Inf".to_owned()
    } else {
        "-Inf".to_owned()
    }
}

/// One line stays one line, and what is quoted stays inside its quotes.
fn escaped(text: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Format, render, written};
    use crate::{
        measure::{Family, Measures},
        metrics::{
            histogram::{Durations, Histogram},
            samples::Samples,
        },
    };
    use std::time::Duration;

    static REQUESTS: Family = Family {
        name: "requests_total",
        help: "What \\ was \"asked\"",
    };
    static AGE: Family = Family {
        name: "age_seconds",
        help: "How old it is",
    };
    static TOOK: Family = Family {
        name: "took_seconds",
        help: "How long it took",
    };

    fn samples() -> Samples {
        let mut samples = Samples::default();
        samples.counter(&REQUESTS, &[("route", "/a\"b\\c\nd"), ("status", "2xx")], 7);
        samples.counter(&REQUESTS, &[("route", "/"), ("status", "2xx")], u64::MAX);
        samples.gauge(&AGE, &[], 1.5);
        let histogram = Histogram::default();
        histogram.observe(Duration::from_millis(1500));
        let mut durations = Durations::default();
        durations.add(&histogram);
        samples.histogram(&TOOK, &[("route", "/")], durations);
        samples
    }

    #[test]
    fn both_formats() {
        let head = |text: &str| {
            let buckets = |line: &&str| !line.contains("_bucket") || line.contains("\"2.5\"");
            text.lines().filter(buckets).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            head(&render(&samples(), Format::Prometheus)),
            r#"# HELP age_seconds How old it is
# TYPE age_seconds gauge
age_seconds 1.5
# HELP requests_total What \\ was "asked"
# TYPE requests_total counter
requests_total{route="/",status="2xx"} 18446744073709551615
requests_total{route="/a\"b\\c\nd",status="2xx"} 7
# HELP took_seconds How long it took
# TYPE took_seconds histogram
took_seconds_bucket{route="/",le="2.5"} 1
took_seconds_sum{route="/"} 1.5
took_seconds_count{route="/"} 1"#
        );
        assert_eq!(
            head(&render(&samples(), Format::OpenMetrics)),
            r#"# HELP age_seconds How old it is
# TYPE age_seconds gauge
# UNIT age_seconds seconds
age_seconds 1.5
# HELP requests What \\ was \"asked\"
# TYPE requests counter
requests_total{route="/",status="2xx"} 18446744073709551615
requests_total{route="/a\"b\\c\nd",status="2xx"} 7
# HELP took_seconds How long it took
# TYPE took_seconds histogram
# UNIT took_seconds seconds
took_seconds_bucket{route="/",le="2.5"} 1
took_seconds_sum{route="/"} 1.5
took_seconds_count{route="/"} 1
# EOF"#
        );
    }

    #[test]
    fn bounds_are_written_as_each_format_has_them() {
        for (format, one) in [
            (Format::Prometheus, "le=\"1\""),
            (Format::OpenMetrics, "le=\"1.0\""),
        ] {
            let text = render(&samples(), format);
            for bound in [one, "le=\"0.0005\"", "le=\"+Inf\""] {
                assert!(text.contains(bound), "{format:?}: no {bound} in\n{text}");
            }
        }
    }

    #[test]
    fn numbers() {
        for (number, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.0005, "0.0005"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (1e15, "1000000000000000"),
        ] {
            assert_eq!(written(number), expected);
        }
    }
}
