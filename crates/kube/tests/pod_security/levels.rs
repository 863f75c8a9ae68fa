//! How levels and versions are read and compared.

use plimsoll_kube::{SecurityLevel, SecurityVersion};

#[test]
fn levels_are_ordered_by_strictness() {
    assert!(SecurityLevel::Privileged < SecurityLevel::Baseline);
    assert!(SecurityLevel::Baseline < SecurityLevel::Restricted);
    assert_eq!(
        SecurityLevel::of_label("baseline"),
        Some(SecurityLevel::Baseline)
    );
    assert_eq!(SecurityLevel::of_label("Baseline"), None);
}

#[test]
fn labels_name_versions_as_the_api_server_reads_them() {
    for (label, expected) in [
        ("latest", Some(SecurityVersion::Latest)),
        ("v1.0", Some(SecurityVersion::Minor(0))),
        ("v1.33", Some(SecurityVersion::Minor(33))),
        ("v1.99999999999", Some(SecurityVersion::Minor(u32::MAX))),
        ("v1.99999999999999999999", None),
        ("v1.01", None),
        ("v1.", None),
        ("v1.+3", None),
        ("v1.3 ", None),
        ("v2.0", None),
        ("1.33", None),
        ("Latest", None),
        ("", None),
    ] {
        assert_eq!(SecurityVersion::of_label(label), expected, "{label:?}");
    }
}

#[test]
fn people_may_leave_the_v_away() {
    assert_eq!("1.33".parse(), Ok(SecurityVersion::Minor(33)));
    assert_eq!("v1.33".parse(), Ok(SecurityVersion::Minor(33)));
    assert_eq!("latest".parse(), Ok(SecurityVersion::Latest));
    assert_eq!(
        "1.33.1".parse::<SecurityVersion>(),
        Err("must be `latest` or like `1.33`, not \"1.33.1\"".to_owned())
    );
}

#[test]
fn a_cluster_knows_no_version_newer_than_its_own() {
    let on_1_33 = |version: SecurityVersion| version.on_cluster(33).to_string();
    assert_eq!(on_1_33(SecurityVersion::Latest), "v1.33");
    assert_eq!(on_1_33(SecurityVersion::Minor(36)), "v1.33");
    assert_eq!(on_1_33(SecurityVersion::Minor(25)), "v1.25");
}
