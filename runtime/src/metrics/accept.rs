//! Which text format a client asks for in `Accept` (RFC 9110 12.5.1).

use super::text::Format;
use http::{HeaderMap, header};

/// `OpenMetrics` where it is named and no less wanted than plain text; plain text to everybody else, also to those who
/// want neither: a scraper that cannot read it says more than a 406 would.
pub(super) fn format(headers: &HeaderMap) -> Format {
    let (mut open, mut plain) = (0, 0);
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
            let parameter = |wanted: &str| {
                let found = parameters
                    .iter()
                    .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
                found.map(|(_, value)| value.trim().trim_matches('"'))
            };
            let weight = parameter("q").map_or(1000, weight);
            let version = parameter("version");
            match name.as_str() {
                "application/openmetrics-text" if matches!(version, None | Some("1.0.0")) => {
                    open = open.max(weight);
                }
                "text/plain" if matches!(version, None | Some("0.0.4")) => {
                    plain = plain.max(weight);
                }
                _ => {}
            }
        }
    }
    if open > 0 && open >= plain {
        Format::OpenMetrics
    } else {
        Format::Prometheus
    }
}

/// `0.75` in thousandths; what is no weight is not wanted.
fn weight(text: &str) -> u32 {
    let weight = text.parse::<f64>().ok();
    let weight = weight.filter(|weight| (0.0..=1.0).contains(weight));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    weight.map_or(0, |weight| (weight * 1000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::format;
    use crate::metrics::text::Format::{OpenMetrics, Prometheus};
    use http::{HeaderMap, HeaderValue, header};

    #[test]
    fn what_clients_ask_for() {
        for (accept, expected) in [
            (vec![], Prometheus),
            (vec!["*/*"], Prometheus),
            (
                vec!["text/html,application/xml;q=0.9,*/*;q=0.8"],
                Prometheus,
            ),
            (vec!["application/openmetrics-text"], OpenMetrics),
            (
                vec!["Application/OpenMetrics-Text; Version=1.0.0"],
                OpenMetrics,
            ),
            // Prometheus 2.
            (
                vec![
                    "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;\
                     q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                ],
                OpenMetrics,
            ),
            // Prometheus 3.
            (
                vec![
                    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                     application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;\
                     escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                ],
                OpenMetrics,
            ),
            (
                vec!["application/openmetrics-text;version=0.0.1"],
                Prometheus,
            ),
            (vec!["application/openmetrics-text;q=0"], Prometheus),
            (vec!["application/openmetrics-text;q=high"], Prometheus),
            (
                vec!["application/openmetrics-text;q=0.5, text/plain"],
                Prometheus,
            ),
            (
                vec!["text/plain;q=0.5", "application/openmetrics-text;q=0.6"],
                OpenMetrics,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for value in &accept {
                headers.append(header::ACCEPT, HeaderValue::from_static(value));
            }
            assert_eq!(format(&headers), expected, "{accept:?}");
        }
    }
}
