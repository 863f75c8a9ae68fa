//! What quantities mean, and how they are written, by the rules of the API server.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise"
)]

use plimsoll_kube::Quantity;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn quantity(text: &str) -> Quantity {
    text.parse()
        .unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

fn canonical(text: &str) -> String {
    quantity(text).to_string()
}

fn mistake(text: &str) -> String {
    Quantity::parse(text).unwrap_err().to_string()
}

/// That each of the texts is written like the one next to it.
fn are_written(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(canonical(text), *expected, "{text}");
    }
}

#[test]
fn a_quantity_is_written_with_the_largest_suffix_that_keeps_it_whole() {
    are_written(&[
        // The first five are in the documentation of the API's type, the others in manifests.
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("12e6", "12e6"),
        ("12Mi", "12Mi"),
        ("12M", "12M"),
        ("0.1", "100m"),
        ("0.5", "500m"),
        ("100m", "100m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("2000m", "2"),
        ("1000M", "1G"),
        ("1024Mi", "1Gi"),
        ("1025Mi", "1025Mi"),
        ("1024Ki", "1Mi"),
        ("0.25Gi", "256Mi"),
        ("1Ki", "1Ki"),
        ("64Mi", "64Mi"),
        ("128974848", "128974848"),
        ("129e6", "129e6"),
        ("129M", "129M"),
        ("128974848000m", "128974848"),
        ("123Mi", "123Mi"),
        ("400m", "400m"),
        ("1000000Ki", "1000000Ki"),
        ("65536", "65536"),
        ("1000", "1k"),
        ("1000k", "1M"),
    ]);
}

#[test]
fn zero_is_written_without_a_suffix() {
    are_written(&[
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("0m", "0"),
        ("0Gi", "0"),
        ("0e3", "0"),
        ("0e999", "0"),
    ]);
}

#[test]
fn a_binary_quantity_that_is_no_whole_number_or_too_small_is_written_as_a_decimal_one() {
    are_written(&[
        ("0.1Gi", "107374182400m"),
        ("1.1Ki", "1126400m"),
        ("0.5Ki", "512"),
        ("0.001Ki", "1024m"),
        ("0.0001Mi", "104857600u"),
        ("1.5Ki", "1536"),
        ("2048", "2048"),
    ]);
}

#[test]
fn exponents_are_written_in_multiples_of_three() {
    are_written(&[
        ("1e0", "1"),
        ("1e1", "10"),
        ("1e3", "1e3"),
        ("1E3", "1e3"),
        ("1e+3", "1e3"),
        ("1e4", "10e3"),
        ("1e5", "100e3"),
        ("1e6", "1e6"),
        ("1000e3", "1e6"),
        ("1.5e3", "1500"),
        ("100e-3", "100e-3"),
        ("1e-1", "100e-3"),
        ("1e-9", "1e-9"),
    ]);
}

#[test]
fn the_largest_suffixes_are_no_exponents() {
    are_written(&[
        ("1E", "1E"),
        ("1Ei", "1Ei"),
        ("3P", "3P"),
        ("4T", "4T"),
        ("2048Pi", "2Ei"),
    ]);
}

#[test]
fn a_sign_and_a_bare_point_are_read() {
    are_written(&[
        ("+1", "1"),
        ("-1", "-1"),
        ("-1.5Gi", "-1536Mi"),
        ("-1000m", "-1"),
        (".5", "500m"),
        ("5.", "5"),
        ("5.Gi", "5Gi"),
        ("-.5", "-500m"),
        ("007", "7"),
        ("1.500", "1500m"),
    ]);
}

#[test]
fn what_is_finer_than_a_billionth_is_rounded_away_from_zero() {
    are_written(&[
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("1.1n", "2n"),
        ("-0.1n", "-1n"),
        ("1e-10", "1e-9"),
        ("1e-99", "1e-9"),
        ("1e-99999999999", "1e-9"),
        ("0.0000000000000000000000000000000000000000001", "1n"),
        (
            "1.0000000000000000000000000000000000000000001",
            "1000000001n",
        ),
        ("0.00000000000000000000001Ei", "11530n"),
        ("1u", "1u"),
        ("1000u", "1m"),
    ]);
}

#[test]
fn the_largest_quantities_are_exact() {
    are_written(&[
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775807", "-9223372036854775807"),
        ("9.223372036854775807E", "9223372036854775807"),
        ("7Ei", "7Ei"),
        ("0.00000000000000000001e30", "10e9"),
    ]);
}

#[test]
fn a_mistake_says_what_to_write() {
    let table = [
        (
            "",
            "a quantity must not be empty; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            " ",
            "a quantity must not be empty; write a quantity such as `500m` or `1.5Gi`",
        ),
        ("1 Gi", "\"1 Gi\" must not have blanks; write `1Gi`"),
        (
            "1 gb",
            "\"1 gb\" must not have blanks; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            "١٢",
            "\"١٢\" has digits that Kubernetes doesn't read; write the digits 0 to 9",
        ),
        ("--1", "\"--1\" must have one sign at most; write `-1`"),
        ("+-1", "\"+-1\" must have one sign at most; write `1`"),
        (
            "K",
            "\"K\" must begin with a number; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            "+",
            "\"+\" must begin with a number; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            ".",
            "\".\" must begin with a number; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            "1.2.3",
            "\"1.2.3\" must have one decimal point at most; write a quantity such as `500m` or `1.5Gi`",
        ),
        (
            "1e999",
            "\"1e999\" is too large; write at most 9223372036854775807",
        ),
        (
            "1e99999999999",
            "\"1e99999999999\" is too large; write at most 9223372036854775807",
        ),
        (
            "8Ei",
            "\"8Ei\" is too large; write at most 9223372036854775807",
        ),
        (
            "9223372036854775808",
            "\"9223372036854775808\" is too large; write at most 9223372036854775807",
        ),
        (
            "9223372036854775807.1",
            "\"9223372036854775807.1\" is too large; write at most 9223372036854775807",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(mistake(text), expected, "{text}");
    }
}

#[test]
fn an_unknown_suffix_is_answered_with_what_was_meant() {
    let table = [
        ("64K", "use `Ki` (1024) or `k` (1000)"),
        ("64KB", "use `Ki` (1024) or `k` (1000)"),
        ("64MB", "use `Mi` (1024^2) or `M` (1000^2)"),
        ("64mb", "use `Mi` (1024^2) or `M` (1000^2)"),
        ("1.5g", "use `Gi` (1024^3) or `G` (1000^3)"),
        (
            "1gigabyte",
            "use none or one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei",
        ),
        ("64mi", "use `Mi`"),
        ("64MI", "use `Mi`"),
        ("64MiB", "use `Mi`"),
        ("64ki", "use `Ki`"),
        ("64B", "write the number alone"),
        ("64bytes", "write the number alone"),
        ("2cores", "write the number alone"),
        ("5U", "use `u`"),
        ("5µ", "use `u`"),
        ("1e", "write an exponent as in `1e3`"),
        ("1e+", "write an exponent as in `1e3`"),
        ("1e3.5", "write an exponent as in `1e3`"),
        (
            "0x10",
            "use none or one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi and Ei",
        ),
    ];
    for (text, advice) in table {
        let expected = format!("\"{text}\" has a suffix that Kubernetes doesn't know; {advice}");
        assert_eq!(mistake(text), expected);
    }
}

#[test]
fn equal_values_are_equal_however_they_are_written() {
    assert_eq!(quantity("1000m"), quantity("1"));
    assert_eq!(quantity("1Gi"), quantity("1073741824"));
    assert_eq!(quantity("1e3"), quantity("1k"));
    assert!(quantity("1G") < quantity("1Gi"));
    assert!(quantity("-1") < Quantity::ZERO);
    assert!(quantity("-1n").is_negative() && !quantity("-0").is_negative());
    assert!(quantity("0Ki").is_zero() && !quantity("1n").is_zero());
    assert!(quantity("1.5Ki").is_whole() && !quantity("512m").is_whole());
}

#[test]
fn a_result_is_written_as_its_first_operand_is() {
    assert_eq!(
        (quantity("1Gi") + quantity("1024")).to_string(),
        "1048577Ki"
    );
    assert_eq!((quantity("1k") + quantity("24Ki")).to_string(), "25576");
    assert_eq!((quantity("1e3") + quantity("1k")).to_string(), "2e3");
    assert_eq!((quantity("2Gi") - quantity("1Gi")).to_string(), "1Gi");
    assert_eq!(quantity("1Gi").times(quantity("1.5")).to_string(), "1536Mi");
    assert_eq!(
        quantity("1G").rounded_up(quantity("1Mi")).to_string(),
        "1000341504"
    );
    assert_eq!(
        Quantity::from_whole(2048, quantity("1Mi")).to_string(),
        "2Ki"
    );
    assert_eq!(
        quantity("2048").with_family(quantity("1Mi")).to_string(),
        "2Ki"
    );
    // Zero says nothing about how to write a sum.
    assert_eq!((Quantity::ZERO + quantity("2Ki")).to_string(), "2Ki");
    assert_eq!(
        ["1Mi", "1Mi"]
            .map(quantity)
            .into_iter()
            .sum::<Quantity>()
            .to_string(),
        "2Mi"
    );
    assert_eq!(
        std::iter::empty::<Quantity>().sum::<Quantity>().to_string(),
        "0"
    );
    // A binary quantity below one is a decimal one from the start.
    assert_eq!(
        (quantity("0.0001Ki") + quantity("2Ki")).to_string(),
        "2048102400u"
    );
    assert!(quantity("0.0001Ki").has_family_of(quantity("1m")));
}

#[test]
fn products_are_rounded_up_to_a_billionth() {
    assert_eq!(quantity("100m").times(quantity("0.5")), quantity("50m"));
    assert_eq!(quantity("1n").times(quantity("0.5")), quantity("1n"));
    assert_eq!(quantity("3n").times(quantity("0.5")), quantity("2n"));
    assert_eq!(quantity("-3n").times(quantity("0.5")), quantity("-1n"));
    assert_eq!(quantity("-3").times(quantity("-2")), quantity("6"));
    assert_eq!(quantity("7Ei").times(quantity("1")), quantity("7Ei"));
}

#[test]
fn a_step_is_taken_only_where_one_is_missing() {
    let table = [
        ("251m", "5m", "255m"),
        ("250m", "5m", "250m"),
        ("1", "5m", "1"),
        ("100.5Mi", "1Mi", "101Mi"),
        ("0", "1Mi", "0"),
        ("-7m", "5m", "-5m"),
        ("7m", "0", "7m"),
        ("7m", "-5m", "10m"),
    ];
    for (value, step, expected) in table {
        let rounded = quantity(value).rounded_up(quantity(step));
        assert_eq!(rounded.to_string(), expected, "{value} {step}");
    }
}

#[test]
fn units_fit_as_often_as_they_are_whole() {
    assert_eq!(quantity("1Gi").floor_div(quantity("1Mi")), 1024);
    assert_eq!(quantity("1023Ki").floor_div(quantity("1Mi")), 0);
    assert_eq!(quantity("1500m").floor_div(quantity("1")), 1);
    assert_eq!(quantity("1").floor_div(Quantity::ZERO), 0);
}

#[test]
fn a_ratio_is_exceeded_by_a_billionth() {
    let exceeds = |limit: &str, request: &str, ratio: &str| {
        quantity(limit).ratio_exceeds(quantity(request), quantity(ratio))
    };
    assert!(!exceeds("200m", "100m", "2"));
    assert!(exceeds("200000001n", "100m", "2"));
    assert!(!exceeds("1n", "1n", "1.5"));
    // The product is rounded up, the ratio isn't.
    assert!(exceeds("2n", "1n", "1.5"));
    assert!(!exceeds("9E", "9E", "9E"));
    assert!(exceeds("-9E", "-9E", "9E"));
}

#[test]
fn arithmetic_stops_at_the_largest_quantity() {
    let most = quantity("9223372036854775807");
    assert_eq!(most + quantity("1"), most);
    assert_eq!(most.times(most), most);
    assert_eq!(most.rounded_up(quantity("1k")), most);
    assert_eq!(Quantity::from_whole(i128::MAX, most), most);
    let least = quantity("-9223372036854775807");
    assert_eq!(least - quantity("1"), least);
    assert_eq!(most.times(least), least);
    assert_eq!(least.times(least), most);
    assert_eq!(Quantity::from_whole(i128::MIN, most), least);
}

/// What a node of a manifest holds, written canonically.
fn of_node(yaml: &str) -> Option<Result<String, String>> {
    let stream = yaml::parse(format!("cpu: {yaml}\n")).unwrap();
    let node = stream.documents().next()?.root()?.get("cpu")?;
    let quantity = Quantity::of(node)?;
    let text = quantity.map(|quantity| quantity.to_string());
    Some(text.map_err(|mistake| mistake.to_string()))
}

#[test]
fn a_node_holds_a_quantity_whether_it_is_text_or_a_number() {
    let table = [
        ("500m", "500m"),
        ("\"500m\"", "500m"),
        ("'1'", "1"),
        ("1", "1"),
        ("-1", "-1"),
        ("1.5", "1500m"),
        ("0.10", "100m"),
        (".5", "500m"),
        ("1e3", "1e3"),
        // Numbers that only YAML writes like this.
        ("0x10", "16"),
        ("010", "8"),
        ("1_000", "1k"),
        ("1_000.5", "1000500m"),
        ("!!int \"5\"", "5"),
        ("!!str 5", "5"),
    ];
    for (yaml, expected) in table {
        assert_eq!(of_node(yaml), Some(Ok(expected.to_owned())), "{yaml}");
    }
    for yaml in ["", "null", "~", "true", "{}", "[]"] {
        assert_eq!(of_node(yaml), None, "{yaml}");
    }
    for yaml in [
        ".inf",
        ".nan",
        "2001-01-01",
        "x",
        "''",
        "18446744073709551615",
    ] {
        assert!(of_node(yaml).unwrap().is_err(), "{yaml}");
    }
}

#[test]
fn configuration_takes_text_and_numbers_and_gives_text() {
    let read = |text: &str| serde_json::from_str::<Quantity>(text);
    let table = [
        ("\"1.5Gi\"", "\"1536Mi\""),
        ("1", "\"1\""),
        ("-1", "\"-1\""),
        ("0.10", "\"100m\""),
        ("1e3", "\"1k\""),
        ("0.3", "\"300m\""),
        ("1e-7", "\"100n\""),
        ("9223372036854775807", "\"9223372036854775807\""),
    ];
    for (text, expected) in table {
        let written = serde_json::to_string(&read(text).unwrap()).unwrap();
        assert_eq!(written, expected, "{text}");
    }
    for text in [
        "18446744073709551615",
        "1e300",
        "\"64K\"",
        "true",
        "null",
        "[]",
        "{}",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn a_mistake_in_configuration_says_where_it_is() {
    let stream = yaml::parse("cpu: 1\nmemory: 64K\nother: true\n".to_owned()).unwrap();
    let root = stream.documents().next().unwrap().root().unwrap();
    let read = yaml::read::<std::collections::BTreeMap<String, Quantity>>(root, &[]);
    let messages: Vec<String> = read
        .unwrap_err()
        .into_iter()
        .map(|mistake| format!("{}: {}", mistake.path, mistake.message))
        .collect();
    assert_eq!(
        messages,
        [
            "memory: \"64K\" has a suffix that Kubernetes doesn't know; use `Ki` (1024) or `k` (1000)",
            "other: must be a quantity such as 500m or 128Mi, not `true`",
        ]
    );
}

/// The same cases each time; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` try others.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1876),
        ..ProptestConfig::default()
    }
}

/// Texts of the grammar, some of them too large or too fine.
fn texts() -> impl Strategy<Value = String> {
    "[+-]?([0-9]{1,12}(\\.[0-9]{0,12})?|\\.[0-9]{1,4})([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?"
}

/// What quantities are multiplied by.
fn factors() -> impl Strategy<Value = Quantity> {
    "-?[0-9]{1,2}(\\.[0-9]{1,9})?m?".prop_map(|text| quantity(&text))
}

/// Texts that editors take, by the pattern of the JSON Schema.
fn texts_of_schema() -> impl Strategy<Value = String> {
    let schema = schemars::schema_for!(Quantity);
    let pattern = schema.pointer("/anyOf/1/pattern").unwrap();
    let pattern = pattern.as_str().unwrap();
    let inside = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'));
    proptest::string::string_regex(inside.unwrap()).unwrap()
}

/// Quantities of a size at which no sum of a few is capped.
fn quantities() -> impl Strategy<Value = Quantity> {
    "-?[0-9]{1,4}(\\.[0-9]{1,3})?([numkMGT]|[KMGT]i|e-?[0-9])?".prop_map(|text| quantity(&text))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_canonical_form_means_the_same_and_stays_as_it_is(text in texts()) {
        let Ok(quantity) = Quantity::parse(&text) else {
            return Ok(());
        };
        let canonical = quantity.to_string();
        let again = Quantity::parse(&canonical).unwrap();
        prop_assert_eq!(again.nanos(), quantity.nanos(), "{} {}", text, canonical);
        prop_assert_eq!(again.to_string(), canonical, "{}", text);
    }

    #[test]
    fn the_order_is_that_of_the_values(left in quantities(), right in quantities()) {
        prop_assert_eq!(left.cmp(&right), left.nanos().cmp(&right.nanos()));
        prop_assert_eq!(left == right, left.nanos() == right.nanos());
    }

    #[test]
    fn sums_have_the_value_of_their_parts(parts in proptest::collection::vec(quantities(), 0..6)) {
        let sum: Quantity = parts.iter().copied().sum();
        let backwards: Quantity = parts.iter().rev().copied().sum();
        let nanos: i128 = parts.iter().map(|part| part.nanos()).sum();
        prop_assert_eq!(sum.nanos(), nanos);
        prop_assert_eq!(sum, backwards);
        if let Some(first) = parts.iter().find(|part| !part.is_zero()) {
            prop_assert_eq!(sum - *first + *first, sum);
        }
    }

    #[test]
    fn rounding_up_leads_to_the_next_multiple(value in quantities(), step in quantities()) {
        let rounded = value.rounded_up(step);
        if step.is_zero() {
            prop_assert_eq!(rounded, value);
            return Ok(());
        }
        let step = step.nanos().abs();
        prop_assert_eq!(rounded.nanos() % step, 0);
        prop_assert!(rounded >= value && rounded.nanos() < value.nanos() + step);
        prop_assert!(rounded.has_family_of(value));
    }

    #[test]
    fn a_product_is_the_least_that_no_ratio_exceeds(value in quantities(), factor in factors()) {
        let product = value.times(factor);
        let exact = value.nanos().checked_mul(factor.nanos()).unwrap();
        prop_assert!(product.nanos() * 1_000_000_000 >= exact);
        prop_assert!((product.nanos() - 1) * 1_000_000_000 < exact);
        prop_assert!(product.has_family_of(value));
        prop_assert_eq!(product.ratio_exceeds(value, factor), product.nanos() * 1_000_000_000 > exact);
    }

    #[test]
    fn a_unit_fits_as_often_as_its_multiples_say(value in quantities(), unit in 1..1_000_000_i128) {
        let unit = Quantity::from_whole(unit, value);
        let count = value.floor_div(unit);
        prop_assert!(count * unit.nanos() <= value.nanos());
        prop_assert!((count + 1) * unit.nanos() > value.nanos());
    }

    #[test]
    fn any_text_is_read_or_refused_in_one_line(text in ".*") {
        if let Err(mistake) = Quantity::parse(&text) {
            prop_assert!(mistake.to_string().contains("; "));
        }
    }

    #[test]
    fn what_editors_take_is_refused_only_for_its_size(text in texts_of_schema()) {
        if let Err(mistake) = Quantity::parse(&text) {
            prop_assert!(mistake.to_string().contains("too large"), "{}", mistake);
        }
    }

    #[test]
    fn near_misses_are_read_or_refused(text in "[+-]{0,2}[0-9.]{0,5}[eEinumkKMGTP]{0,2}[+-]?[0-9]{0,12}") {
        if let Err(mistake) = Quantity::parse(&text) {
            prop_assert!(mistake.to_string().contains("; "));
        }
    }
}
