//! Functions that kpt runs as programs, on files in place.

use checks::binary;
use checks::tools::KPT;

use crate::shop::{self, Folder};
use crate::{Test, test};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        test(&[KPT], evaluates_over_a_folder),
        test(&[KPT], renders_a_package),
        test(&[KPT], renders_a_package_with_a_pipeline_as_one_function),
        test(&[KPT], keeps_comments),
        test(&[KPT], leaves_files_alone_when_the_function_refuses),
        test(&[KPT], accepts_a_validator_that_echoes),
        test(&[KPT], takes_the_configuration_as_keys_and_values),
    ]
}

fn package(kptfile: &str) -> Folder {
    let folder = Folder::of_shop(&[]);
    folder.write(
        "Kptfile",
        &format!("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\n{kptfile}"),
    );
    folder
}

fn pipeline(kind: &str) -> String {
    let program = binary::path("inject-probes");
    format!(
        "pipeline:\n  {kind}:\n  - exec: {}\n    configPath: probes.yaml\n",
        program.display()
    )
}

fn eval(folder: &Folder, exec: &str, more: &[&str]) -> binary::Ran {
    let arguments = ["fn", "eval", ".", "--exec", exec];
    folder.run(&KPT, &[&arguments, more].concat())
}

fn own() -> String {
    binary::path("inject-probes").to_string_lossy().into_owned()
}

fn evaluates_over_a_folder() {
    let folder = Folder::of_shop(&[]);
    let config = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    let config = config.join("probes.yaml");
    let ran = eval(&folder, &own(), &["--fn-config", &config.to_string_lossy()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        shop::objects(&folder.manifests()),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}

fn renders_a_package() {
    let folder = package(&pipeline("mutators"));
    folder.write("probes.yaml", &shop::config());
    folder.built(&KPT, &["fn", "render", ".", "--allow-exec"]);
    assert_eq!(
        shop::objects(&folder.manifests()),
        shop::objects(&shop::filtered(&shop::stream()))
    );
    let once = folder.manifests();
    folder.built(&KPT, &["fn", "render", ".", "--allow-exec"]);
    assert_eq!(folder.manifests(), once, "a second run has nothing to do");
}

fn renders_a_package_with_a_pipeline_as_one_function() {
    let probes = shop::config();
    let resources = probes
        .replace("InjectProbes", "SetResources")
        .replace("probes", "resources");
    let step = |config: &str| format!("  - {}\n", config.trim_end().replace('\n', "\n    "));
    let steps = [resources, probes].map(|config| step(&config)).concat();
    let head = "apiVersion: fn.plimsoll.dev/v1alpha1\nkind: Pipeline\nmetadata:\n  name: shop\n";
    let folder =
        package("pipeline:\n  mutators:\n  - exec: plimsoll\n    configPath: pipeline.yaml\n");
    folder.write("pipeline.yaml", &format!("{head}spec:\n  steps:\n{steps}"));
    folder.built(&KPT, &["fn", "render", ".", "--allow-exec"]);

    let arguments = ["run", "--config", "pipeline.yaml"];
    let mut filter = folder.call(binary::path("plimsoll"), &arguments);
    let filtered = binary::run(&mut filter, shop::stream().as_bytes());
    assert_eq!(filtered.code, Some(0), "{}", filtered.stderr);
    let manifests = folder.manifests();
    assert!(shop::has_probes(&manifests) && manifests.contains("requests:"));
    assert_eq!(shop::objects(&manifests), shop::objects(&filtered.stdout));
}

// kpt itself writes files anew, so they are compared with what it leaves of them when the function is `cat`.
fn keeps_comments() {
    let (folder, copied) = (Folder::of_shop(&[]), Folder::of_shop(&[]));
    let config = Folder::of_shop(&[("probes.yaml", &shop::config())]);
    let config = config.join("probes.yaml").to_string_lossy().into_owned();
    for (folder, program) in [(&folder, own()), (&copied, "cat".to_owned())] {
        let ran = eval(folder, &program, &["--fn-config", &config]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert_eq!(folder.manifests(), shop::filtered(&copied.manifests()));
    assert!(
        folder
            .manifests()
            .contains("# pinned until the new parser is out")
    );
}

fn leaves_files_alone_when_the_function_refuses() {
    let folder = package(&pipeline("mutators"));
    folder.write("probes.yaml", &shop::broken(&shop::config()));
    let ran = folder.run(&KPT, &["fn", "render", ".", "--allow-exec"]);
    assert_ne!(ran.code, Some(0));
    assert_eq!(folder.manifests(), shop::stream());
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains(shop::REFUSAL), "{told}");
}

fn accepts_a_validator_that_echoes() {
    let folder = package(&pipeline("validators"));
    folder.write(
        "probes.yaml",
        &shop::config().replace("environment: production", "mode: audit"),
    );
    folder.built(&KPT, &["fn", "render", ".", "--allow-exec"]);
    assert!(!shop::has_probes(&folder.manifests()));
}

// `-- key=value` comes as a ConfigMap of strings.
fn takes_the_configuration_as_keys_and_values() {
    let folder = Folder::of_shop(&[]);
    let ran = eval(&folder, &own(), &["--", "environment=production"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        shop::objects(&folder.manifests()),
        shop::objects(&shop::filtered(&shop::stream()))
    );
}
