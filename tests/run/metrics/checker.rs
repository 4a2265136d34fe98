//! The checker that every scrape goes through refuses what it should.

use harness::{Scrape, scrape::Format};

const GOOD: &str = r#"# HELP a_seconds How old
# TYPE a_seconds gauge
# UNIT a_seconds seconds
a_seconds{of="x\"\\\n"} 1.5
# HELP b What
# TYPE b counter
b_total{of="1"} 3
b_total{of="2"} 0
# HELP c_seconds How long
# TYPE c_seconds histogram
c_seconds_bucket{le="1.0"} 2
c_seconds_bucket{le="+Inf"} 3
c_seconds_sum 4.5
c_seconds_count 3
# EOF
"#;

#[test]
fn a_good_scrape_is_read() {
    let scrape = Scrape::read(GOOD, Format::OpenMetrics).expect("it is good");
    assert_eq!(scrape.value("a_seconds", &[("of", "x\"\\\n")]), Some(1.5));
    assert_eq!(scrape.value("b_total", &[("of", "1")]), Some(3.0));
    assert_eq!(scrape.value("b_total", &[]), None);
    assert_eq!(scrape.sum("b_total", &[]), 3);
    assert_eq!(scrape.families["b_total"].kind, "counter");
    assert!(scrape.families["c_seconds"].labels.is_empty());
}

#[test]
fn a_bad_one_is_refused() {
    for (good, bad) in [
        ("# EOF\n", ""),
        ("# EOF\n", "# EOF\nb_total 1\n"),
        ("# EOF\n", "# EOF"),
        ("# HELP b What\n", ""),
        ("# HELP b What\n", "# HELP b  \n"),
        ("# HELP b What\n", "# HELP b What\n# HELP b Again\n"),
        ("# TYPE b counter\n", ""),
        ("# TYPE b counter", "# TYPE b gauge"),
        ("# TYPE b counter", "# TYPE b_total counter"),
        ("# TYPE c_seconds histogram", "# TYPE c_seconds gauge"),
        ("# UNIT a_seconds seconds", "# UNIT a_seconds bytes"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"1\"} 0"),
        ("b_total{of=\"2\"} 0", "b_total{by=\"2\"} 0"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\"} -1"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\"} NaN"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\"}"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\"} many"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\"} 0 1"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2} 0"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"\\d\"} 0"),
        ("b_total{of=\"2\"} 0", "b_total{of=\"2\",of=\"3\"} 0"),
        ("b_total{of=\"2\"} 0", "b_total{0f=\"2\"} 0"),
        ("b_total{of=\"2\"} 0", "b{of=\"2\"} 0"),
        ("b_total{of=\"2\"} 0\n", "b_total{of=\"2\"} 0\n\n"),
        (
            "# TYPE c_seconds histogram\n",
            "# TYPE c_seconds histogram\nb_total{of=\"3\"} 1\n",
        ),
        ("{le=\"1.0\"} 2", "{le=\"1\"} 2"),
        ("{le=\"1.0\"} 2", "{le=\"1.0\"} 4"),
        ("c_seconds_bucket{le=\"+Inf\"} 3\n", ""),
        ("c_seconds_count 3", "c_seconds_count 4"),
        ("c_seconds_sum 4.5\n", ""),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let text = GOOD.replace(good, bad);
        let read = Scrape::read(&text, Format::OpenMetrics);
        assert!(read.is_err(), "taken, with {bad:?} for {good:?}");
    }
}
