use sdk::Place;

use super::*;

/// Ways for a client to be told what to send.
#[derive(Clone, Copy, Debug)]
enum Told {
    Disable,
    Simple,
    Mutual,
    Auto,
    NoAuto,
    IstioMutual,
}

const TOLD: [Told; 6] = [
    Told::Disable,
    Told::Simple,
    Told::Mutual,
    Told::Auto,
    Told::NoAuto,
    Told::IstioMutual,
];

fn tls(told: Told) -> ClientTls<'static> {
    ClientTls {
        mode: match told {
            Told::Disable => Some(TlsMode::Disable),
            Told::Simple => Some(TlsMode::Simple),
            Told::Mutual => Some(TlsMode::Mutual),
            Told::IstioMutual => Some(TlsMode::IstioMutual),
            Told::Auto | Told::NoAuto => None,
        },
        ..ClientTls::default()
    }
}

/// The verdict on a sidecar that calls a sidecar, with a change.
fn of(told: Told, mode: Mode, change: impl FnOnce(&mut Encounter<'_, '_>)) -> Verdict {
    of_tls(&tls(told), |encounter| {
        encounter.auto_mtls = !matches!(told, Told::NoAuto);
        encounter.mode = mode;
        change(encounter);
    })
}

fn of_tls(tls: &ClientTls<'_>, change: impl FnOnce(&mut Encounter<'_, '_>)) -> Verdict {
    let mut encounter = Encounter {
        client: Client::Sidecar,
        tls,
        server: Plane::Sidecar,
        mode: Mode::Permissive,
        inferred: Mode::Permissive,
        auto_mtls: true,
        is_headless: false,
        endpoints: Endpoints::AllWithSidecar,
        speaks_tls: false,
    };
    change(&mut encounter);
    verdict(&encounter)
}

/// The verdicts on each way to be told.
fn row(mode: Mode, change: impl Fn(&mut Encounter<'_, '_>)) -> [Verdict; 6] {
    TOLD.map(|told| of(told, mode, &change))
}

fn codes(verdicts: [Verdict; 6]) -> [&'static str; 6] {
    verdicts.map(|verdict| verdict.code().unwrap_or("-"))
}

#[test]
fn strict_servers_take_the_meshs_mutual_tls_alone() {
    let row = row(Mode::Strict, |_| {});
    assert_eq!(codes(row), ["001", "001", "001", "-", "001", "-"]);
    assert_eq!(
        row,
        [
            Verdict::PlaintextRefused(Cause::Rule),
            Verdict::TlsRefused,
            Verdict::TlsRefused,
            Verdict::Fits,
            Verdict::PlaintextRefused(Cause::NoAutoMtls),
            Verdict::Fits,
        ]
    );
}

#[test]
fn permissive_servers_take_all_and_plain_text_is_told() {
    let silent = row(Mode::Permissive, |_| {});
    assert_eq!(codes(silent), ["007", "007", "007", "-", "007", "-"]);
    assert_eq!(
        silent.first(),
        Some(&Verdict::PlaintextAvoidable(Cause::Rule))
    );
    assert_eq!(silent.get(1), Some(&Verdict::TlsUnexpected));
    let speaking = row(Mode::Permissive, |encounter| encounter.speaks_tls = true);
    assert_eq!(codes(speaking), ["007", "-", "-", "-", "007", "-"]);
}

#[test]
fn servers_that_disable_it_take_everything_but_the_meshs_mutual_tls() {
    let row = row(Mode::Disable, |_| {});
    assert_eq!(codes(row), ["-", "-", "-", "-", "-", "002"]);
    for told in [Told::Disable, Told::Auto, Told::NoAuto] {
        assert_eq!(
            of(told, Mode::Disable, |_| {}),
            Verdict::PlaintextOnly,
            "{told:?}"
        );
    }
    assert_eq!(of(Told::Simple, Mode::Disable, |_| {}), Verdict::Fits);
}

#[test]
fn servers_outside_the_mesh_take_everything_but_the_meshs_mutual_tls() {
    for mode in [Mode::Strict, Mode::Permissive, Mode::Disable] {
        let row = row(mode, |encounter| encounter.server = Plane::None);
        assert_eq!(codes(row), ["-", "-", "-", "-", "-", "003"]);
    }
}

#[test]
fn a_pod_without_a_sidecar_turns_auto_mtls_off_for_a_headless_service() {
    let partly = |encounter: &mut Encounter<'_, '_>| {
        encounter.is_headless = true;
        encounter.endpoints = Endpoints::SomeWithout;
    };
    assert_eq!(
        codes(row(Mode::Strict, partly)),
        ["001", "001", "001", "003h", "001", "-"]
    );
    let avoidable = Verdict::PlaintextAvoidable(Cause::PartlyMeshed);
    assert_eq!(of(Told::Auto, Mode::Permissive, partly), avoidable);
    // The pods without a sidecar are fine with that, and not with a rule that says otherwise.
    let unmeshed = row(Mode::Permissive, |encounter| {
        partly(encounter);
        encounter.server = Plane::None;
    });
    assert_eq!(codes(unmeshed), ["-", "-", "-", "-", "-", "003"]);
    // For a gateway too.
    let gateway = of(Told::Auto, Mode::Strict, |encounter| {
        partly(encounter);
        encounter.client = Client::Gateway;
    });
    assert_eq!(gateway, Verdict::HeadlessPartlyMeshed);
}

#[test]
fn a_pod_without_a_sidecar_is_of_no_account_behind_other_services() {
    let verdict = of(Told::Auto, Mode::Strict, |encounter| {
        encounter.endpoints = Endpoints::SomeWithout;
    });
    assert_eq!(verdict, Verdict::Fits);
}

#[test]
fn clients_of_a_headless_service_know_nothing_of_modes_of_workloads() {
    let headless = |encounter: &mut Encounter<'_, '_>| encounter.is_headless = true;
    assert_eq!(
        codes(row(Mode::Disable, headless)),
        ["-", "-", "-", "028", "-", "002"]
    );
    assert_eq!(
        codes(row(Mode::Strict, headless)),
        ["001", "001", "001", "-", "001", "-"]
    );
    // A gateway knows the pods of the Service.
    let gateway = of(Told::Auto, Mode::Disable, |encounter| {
        headless(encounter);
        encounter.client = Client::Gateway;
    });
    assert_eq!(gateway, Verdict::PlaintextOnly);
}

#[test]
fn passthrough_by_a_rule_is_as_good_as_headless() {
    let passthrough = ClientTls {
        is_passthrough: true,
        ..ClientTls::default()
    };
    for client in [Client::Sidecar, Client::Gateway] {
        let disabled = of_tls(&passthrough, |encounter| {
            encounter.client = client;
            encounter.mode = Mode::Disable;
        });
        assert_eq!(disabled, Verdict::HeadlessMutualToDisabled);
        let partly = of_tls(&passthrough, |encounter| {
            encounter.client = client;
            encounter.mode = Mode::Strict;
            encounter.endpoints = Endpoints::SomeWithout;
        });
        assert_eq!(partly, Verdict::HeadlessPartlyMeshed);
    }
}

#[test]
fn a_namespace_that_disables_it_turns_auto_mtls_off_for_its_strict_workloads() {
    for is_headless in [false, true] {
        let disabled = |encounter: &mut Encounter<'_, '_>| {
            encounter.inferred = Mode::Disable;
            encounter.is_headless = is_headless;
        };
        let strict = of(Told::Auto, Mode::Strict, disabled);
        assert_eq!(strict, Verdict::PlaintextRefused(Cause::Namespace));
        let permissive = of(Told::Auto, Mode::Permissive, disabled);
        assert_eq!(permissive, Verdict::PlaintextAvoidable(Cause::Namespace));
        let disable = of(Told::Auto, Mode::Disable, disabled);
        assert_eq!(disable, Verdict::PlaintextOnly);
        assert_eq!(of(Told::IstioMutual, Mode::Strict, disabled), Verdict::Fits);
    }
}

fn leftover(mode: TlsMode) -> ClientTls<'static> {
    let place = Place {
        resource: 0,
        path: sdk::Path::default(),
    };
    ClientTls {
        leftover: Some((mode, place)),
        ..ClientTls::default()
    }
}

#[test]
fn what_a_port_replaced_still_counts_for_endpoints() {
    let refused = Verdict::PlaintextRefused(Cause::Leftover);
    for (mode, server, expected) in [
        (TlsMode::Disable, Mode::Strict, refused),
        (TlsMode::Simple, Mode::Strict, refused),
        (TlsMode::Mutual, Mode::Strict, refused),
        (TlsMode::IstioMutual, Mode::Strict, Verdict::Fits),
        (
            TlsMode::IstioMutual,
            Mode::Disable,
            Verdict::MutualToDisabled,
        ),
    ] {
        let tls = leftover(mode);
        let found = of_tls(&tls, |encounter| encounter.mode = server);
        assert_eq!(found, expected, "{mode:?} {server:?}");
        // Those of headless Services are told nothing.
        let headless = of_tls(&tls, |encounter| {
            encounter.mode = Mode::Strict;
            encounter.is_headless = true;
        });
        assert_eq!(headless, Verdict::Fits);
        // Without auto mTLS nobody asks.
        let without = of_tls(&tls, |encounter| {
            encounter.mode = Mode::Strict;
            encounter.auto_mtls = false;
        });
        assert_eq!(without, Verdict::PlaintextRefused(Cause::NoAutoMtls));
    }
    let unmeshed = of_tls(&leftover(TlsMode::IstioMutual), |encounter| {
        encounter.server = Plane::None;
    });
    assert_eq!(unmeshed, Verdict::Fits);
}

#[test]
fn pods_that_opted_out_by_their_label_get_plain_text_unless_a_rule_says_otherwise() {
    let opted_out = |encounter: &mut Encounter<'_, '_>| encounter.server = Plane::SidecarOptedOut;
    let strict = row(Mode::Strict, opted_out);
    assert_eq!(codes(strict), ["001", "001", "001", "001", "001", "-"]);
    let auto = of(Told::Auto, Mode::Strict, opted_out);
    assert_eq!(auto, Verdict::PlaintextRefused(Cause::Label));
    let disabled = of(Told::Auto, Mode::Disable, opted_out);
    assert_eq!(disabled, Verdict::PlaintextOnly);
    let leftover = of_tls(&leftover(TlsMode::IstioMutual), |encounter| {
        opted_out(encounter);
        encounter.mode = Mode::Strict;
    });
    assert_eq!(leftover, Verdict::PlaintextRefused(Cause::Label));
}

#[test]
fn clients_outside_the_mesh_are_refused_by_strict_servers_alone() {
    for server in [Plane::Sidecar, Plane::Ambient] {
        for (mode, expected) in [
            (Mode::Strict, "004"),
            (Mode::Permissive, "-"),
            (Mode::Disable, "-"),
        ] {
            let row = row(mode, |encounter| {
                encounter.client = Client::None;
                encounter.server = server;
            });
            assert_eq!(codes(row), [expected; 6]);
        }
    }
    let nobody = row(Mode::Strict, |encounter| {
        encounter.client = Client::None;
        encounter.server = Plane::None;
    });
    assert_eq!(codes(nobody), ["-"; 6]);
}

#[test]
fn clients_in_ambient_mode_know_no_rules() {
    for server in [Plane::Sidecar, Plane::Ambient, Plane::None] {
        let row = row(Mode::Strict, |encounter| {
            encounter.client = Client::Ambient;
            encounter.server = server;
        });
        assert_eq!(row, [Verdict::Fits; 6], "{server:?}");
    }
}

#[test]
fn servers_in_ambient_mode_get_the_tunnel_whatever_rules_say() {
    let ambient = |encounter: &mut Encounter<'_, '_>| encounter.server = Plane::Ambient;
    assert_eq!(row(Mode::Strict, ambient), [Verdict::Fits; 6]);
    assert_eq!(row(Mode::Permissive, ambient), [Verdict::Fits; 6]);
}

#[test]
fn sidecars_do_not_find_the_tunnel_behind_a_headless_service() {
    let headless = |encounter: &mut Encounter<'_, '_>| {
        encounter.server = Plane::Ambient;
        encounter.is_headless = true;
        encounter.endpoints = Endpoints::SomeWithout;
    };
    let strict = row(Mode::Strict, headless);
    assert_eq!(codes(strict), ["001", "001", "001", "003h", "001", "003"]);
    let gateway = of(Told::Auto, Mode::Strict, |encounter| {
        headless(encounter);
        encounter.client = Client::Gateway;
    });
    assert_eq!(gateway, Verdict::Fits);
}

#[test]
fn what_the_input_does_not_tell_is_unknown() {
    for told in TOLD {
        let client = of(told, Mode::Strict, |encounter| {
            encounter.client = Client::Unknown;
        });
        let server = of(told, Mode::Strict, |encounter| {
            encounter.server = Plane::Unknown;
        });
        assert_eq!([client, server], [Verdict::Unknown; 2]);
    }
    let unknown = |encounter: &mut Encounter<'_, '_>| {
        encounter.is_headless = true;
        encounter.endpoints = Endpoints::Unknown;
    };
    assert_eq!(of(Told::Auto, Mode::Strict, unknown), Verdict::Unknown);
    assert_eq!(of(Told::IstioMutual, Mode::Strict, unknown), Verdict::Fits);
    assert_eq!(Verdict::Unknown.code(), None);
}
