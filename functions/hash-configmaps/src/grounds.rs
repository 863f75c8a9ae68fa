//! Why an object doesn't get its new name: one small function per ground.

use sdk::{Reference, Referent, Severity};

use crate::config::{Strategy, Unreferenced};
use crate::fate::{Fate, Finding, Verdict};
use crate::naming;
use crate::survey::{Bar, Object, Survey, Use, subject};

/// Looks for one ground.
type Ground = for<'r> fn(&Survey<'_, 'r>, &Object<'r>) -> Option<Verdict<'r>>;

/// In the order in which they count.
pub(crate) const ALL: [Ground; 17] = [
    exception,
    unhashable,
    opted_out,
    named_by_kustomize,
    left_to_kustomize,
    other_kind,
    unreferenced,
    no_hash_wanted,
    asks_for_checksum,
    strategy_is_checksum,
    external_reader,
    shared,
    ambiguous,
    barred,
    too_long,
    mentioned,
    delegated,
];

/// The mark by which kustomize hashes an object at the end.
pub(crate) const HASH_MARK: &str = "internal.config.kubernetes.io/needsHashSuffix";

fn exception<'r>(_: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let because = object.exception.as_ref()?;
    Some(Verdict::new(
        Fate::Left,
        "exception",
        format!("keeps its name, since {because}"),
    ))
}

fn unhashable<'r>(_: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let is_unhashable = object.hash.is_none();
    is_unhashable.then(|| Verdict::new(Fate::Left, "bad-content", "holds what has no hash"))
}

/// Objects that aren't to be renamed at all still count into checksums.
fn other_kind<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let is_other = !survey.run.kinds.contains(&object.kind);
    is_other.then(|| Verdict::new(Fate::Checksum, "other-kind", "`kinds` doesn't name it"))
}

fn opted_out<'r>(_: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    object
        .is_skipped
        .then(|| Verdict::new(Fate::Checksum, "skip-annotation", "its author wants it so"))
}

/// What ends with the hash of its content without a note of ours has its name from kustomize.
fn named_by_kustomize<'r>(_: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let hash = object.hash.as_deref()?;
    let end = object.resource.name().rsplit_once('-').map(|(_, end)| end);
    let is_named = end == Some(hash) && !naming::is_noted(object.resource);
    is_named.then(|| {
        let message = "is called after its content already, as kustomize does it";
        Verdict::new(Fate::Kustomize, "named-by-kustomize", message)
    })
}

fn unreferenced<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let is_referenced = survey.uses_of(object).any(|own| !own.reference.is_soft);
    let setting = survey.run.unreferenced;
    if is_referenced || setting == Unreferenced::Hash {
        return None;
    }
    let message = "keeps its name, since nothing in the input refers to it; something may read it by name through the API";
    let verdict = Verdict::new(Fate::Left, "unreferenced", message);
    if setting == Unreferenced::Keep {
        return Some(verdict);
    }
    Some(
        verdict.with(Finding {
            rule: "unreferenced",
            severity: Severity::Error,
            subject: (object.resource, survey.resources).into(),
            place: object.resource.place(),
            message: "nothing in the input refers to it; take it out, or set `unreferenced: keep`"
                .to_owned(),
        }),
    )
}

/// kustomize hashes what its generators make, unless something refers to it that kustomize doesn't know of.
fn left_to_kustomize<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    if !is_marked(object) {
        return None;
    }
    let mut uses = survey.uses_of(object);
    let beyond = uses.find(|own| is_beyond_kustomize(own));
    // Where our name can't be followed either, the author's wish stands.
    let is_barred = survey.uses_of(object).any(|own| own.bar.is_some());
    let gives_names = matches!(survey.run.strategy, Strategy::Auto | Strategy::Suffix);
    let is_ours = gives_names && !is_barred && survey.run.kinds.contains(&object.kind);
    if beyond.is_some() && is_ours {
        return None;
    }
    let verdict = Verdict::new(
        Fate::Kustomize,
        "left-to-kustomize",
        "kustomize calls it after its content",
    );
    Some(match beyond {
        None => verdict,
        Some(own) => verdict.with(beyond_kustomize(survey, object, own)),
    })
}

/// A generator with `disableNameSuffixHash` leaves its behaviour noted, and no mark. Where we gave a name, the
/// mark went with it.
fn no_hash_wanted<'r>(_: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let behavior = "internal.config.kubernetes.io/generatorBehavior";
    let is_generated = object.resource.annotations().get(behavior).is_some();
    let is_ours = naming::is_noted(object.resource);
    (is_generated && !is_marked(object) && !is_ours).then(|| {
        let message = "keeps its name, as `disableNameSuffixHash` asks of its generator";
        Verdict::new(Fate::Checksum, "no-hash-wanted", message)
    })
}

fn asks_for_checksum<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    const KEY: &str = "plimsoll.dev/hash";
    let asked = object.resource.annotations().get(KEY)?;
    if asked == "checksum" {
        let message = format!("keeps its name, as `{KEY}: checksum` asks");
        return Some(Verdict::new(Fate::Checksum, "asked-for-checksum", message));
    }
    let message = "keeps its name, since nobody knows what its annotation asks for";
    Some(
        Verdict::new(Fate::Left, "unknown-hash", message).with(Finding {
            rule: "unknown-hash",
            severity: Severity::Error,
            subject: (object.resource, survey.resources).into(),
            place: object.resource.annotation(KEY),
            message: format!("`{KEY}` can be \"checksum\"; \"{asked}\" means nothing"),
        }),
    )
}

fn strategy_is_checksum<'r>(survey: &Survey<'_, 'r>, _: &Object<'r>) -> Option<Verdict<'r>> {
    (survey.run.strategy == Strategy::Checksum).then(|| {
        Verdict::new(
            Fate::Checksum,
            "strategy",
            "keeps its name, as `strategy: checksum` asks",
        )
    })
}

fn external_reader<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let namespace = survey.resources.namespace_of(object.resource);
    let names = object.names();
    let mut readers = survey.run.external_readers.iter();
    let is_read = readers.any(|reader| {
        let is_here = reader
            .namespace
            .as_ref()
            .is_none_or(|glob| glob.matches(namespace));
        is_here && names.iter().any(|name| reader.name.matches(name))
    });
    is_read.then(|| {
        let message = "keeps its name, since `externalReaders` has it";
        Verdict::new(Fate::Checksum, "external-reader", message)
    })
}

/// Tools that copy an object to other namespaces know it by its name, and so do those who may refer to it from there.
fn shared<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    const COPIED: [&str; 4] = [
        "reflector.v1.k8s.emberstack.com/reflection-allowed",
        "replicator.v1.mittwald.de/replication-allowed",
        "replicator.v1.mittwald.de/replicate-to",
        "kubed.appscode.com/sync",
    ];
    let annotations = object.resource.annotations();
    let copied = COPIED
        .iter()
        .find(|key| annotations.get(key).is_some_and(|value| value != "false"));
    let copied = copied.map(|key| {
        (
            object.resource.annotation(key),
            (object.resource, survey.resources).into(),
        )
    });
    let granted = survey
        .uses_of(object)
        .find(|own| own.reference.from.is_kind("ReferenceGrant"));
    let granted = granted.map(|own| {
        (
            own.reference.place.clone(),
            subject(survey.resources, &own.reference),
        )
    });
    let namespace = survey.resources.namespace_of(object.resource);
    let of_all = survey.grants.get(&(namespace, object.kind));
    let of_all = of_all.map(|grant| {
        let place = grant.place().field("spec").field("to");
        (place, (*grant, survey.resources).into())
    });
    let (place, subject) = copied.or(granted).or(of_all)?;
    let message = "keeps its name, since other namespaces may refer to it";
    Some(Verdict::new(Fate::Checksum, "shared-across-namespaces", message).with(Finding {
        rule: "shared-across-namespaces",
        severity: Severity::Warning,
        subject,
        place,
        message: format!(
            "\"{}\" may be referred to from other namespaces, where nothing here can follow; it keeps its name",
            object.resource.name()
        ),
    }))
}

/// What a name means must be clear before it is changed; [`crate::checks`] tells of each reference.
fn ambiguous<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let is_ambiguous = |own: &Use<'_>| matches!(own.reference.referent, Referent::Several(_));
    survey.uses_of(object).any(is_ambiguous).then(|| {
        let message = "keeps its name, since a reference may mean this or another object";
        Verdict::new(Fate::Checksum, "ambiguous-reference", message)
    })
}

/// What can't follow keeps the name that it knows.
fn barred<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    // What is called after its content already leaves its old version behind in the cluster, where a Job that was
    // made with it finds it.
    let is_renamed = object.naming.base() != object.resource.name();
    let knows = |own: &&Use<'r>| match own.bar {
        None => false,
        Some(Bar::Immutable) if is_renamed => false,
        Some(_) => !is_up_to_date(object, &own.reference),
    };
    let own = survey.uses_of(object).find(knows)?;
    let from = own.reference.from;
    let (kind, name) = (from.kind(), from.name());
    let (reason, what) = match own.bar? {
        Bar::Immutable => ("immutable-referrer", "can't be changed once it exists"),
        Bar::Skipped => ("skipped-referrer", "is skipped"),
        Bar::Untouched => ("untouched-referrer", "is left alone"),
        Bar::Shared => ("shared-field", "names another object in the same field"),
    };
    let message = format!("keeps its name, since {kind} \"{name}\" refers to it and {what}");
    let verdict = Verdict::new(Fate::Checksum, reason, message);
    if own.bar != Some(Bar::Immutable) {
        return Some(verdict);
    }
    Some(verdict.with(Finding {
        rule: reason,
        severity: Severity::Warning,
        subject: subject(survey.resources, &own.reference),
        place: own.reference.place.clone(),
        message: format!(
            "the API server refuses to change a {kind} that exists, so {} \"{}\" keeps its name; let each deployment make the {kind} anew (`generateName`, or a hook)",
            object.kind.name(),
            object.resource.name()
        ),
    }))
}

fn mentioned<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    let namespace = survey.resources.namespace_of(object.resource);
    let mentions = survey.mentions();
    let names = object.names();
    let name = names
        .iter()
        .find(|name| mentions.find(namespace, name).is_some())?;
    let mention = mentions.find(namespace, name)?;
    let keeps = survey.run.strategy != Strategy::Suffix;
    let consequence = if keeps {
        "it keeps its name; if the text means something else, `strategy: suffix` renames it all the same"
    } else {
        "see that nothing reads it by that name"
    };
    let finding = Finding {
        rule: "named-in-text",
        severity: Severity::Warning,
        subject: (mention.owner, survey.resources).into(),
        place: mention.place.clone(),
        message: format!(
            "an {} speaks of {} \"{name}\" by its name, which nothing can follow: {consequence}",
            mention.what.word(),
            object.kind.name()
        ),
    };
    let fate = if keeps { Fate::Checksum } else { Fate::Named };
    let message = "keeps its name, since a text speaks of it";
    Some(Verdict::new(fate, "named-in-text", message).with(finding))
}

/// With `strategy: delegate` kustomize does it, where it can.
fn delegated<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    if survey.run.strategy != Strategy::Delegate {
        return None;
    }
    if !object.resource.is_in_kustomize() {
        let message =
            "keeps its name: `strategy: delegate` leaves it to kustomize, which isn't here";
        let verdict = Verdict::new(Fate::Left, "outside-kustomize", message);
        return Some(verdict.with(Finding {
            rule: "outside-kustomize",
            severity: Severity::Warning,
            subject: (object.resource, survey.resources).into(),
            place: object.resource.place(),
            message: "`strategy: delegate` works only inside kustomize; use `auto` here".to_owned(),
        }));
    }
    let beyond = survey.uses_of(object).find(|own| is_beyond_kustomize(own));
    Some(match beyond {
        None => Verdict::new(
            Fate::Kustomize,
            "delegated",
            "kustomize will call it after its content",
        ),
        Some(own) => Verdict::new(
            Fate::Left,
            "beyond-kustomize",
            "keeps its name, since kustomize wouldn't follow a reference",
        )
        .with(beyond_kustomize(survey, object, own)),
    })
}

fn too_long<'r>(survey: &Survey<'_, 'r>, object: &Object<'r>) -> Option<Verdict<'r>> {
    const LONGEST: usize = 253;
    let name = object.new_name()?;
    (name.len() > LONGEST).then(|| {
        Verdict::new(Fate::Left, "name-too-long", "has no room for a hash in its name").with(Finding {
            rule: "name-too-long",
            severity: Severity::Error,
            subject: (object.resource, survey.resources).into(),
            place: object.resource.place().field("metadata").field("name"),
            message: format!(
                "with its hash the name has {} characters of at most {LONGEST}; shorten it, or set `plimsoll.dev/hash: checksum` on it",
                name.len()
            ),
        })
    })
}

/// Whether kustomize will hash the object.
pub(crate) fn is_marked(object: &Object<'_>) -> bool {
    let mark = object.resource.annotations().get(HASH_MARK);
    mark.is_some_and(|mark| mark == "enabled")
}

fn is_beyond_kustomize(own: &Use<'_>) -> bool {
    !own.reference.is_known_to_kustomize()
}

fn beyond_kustomize<'r>(
    survey: &Survey<'_, 'r>,
    object: &Object<'r>,
    own: &Use<'r>,
) -> Finding<'r> {
    Finding {
        rule: "beyond-kustomize",
        severity: Severity::Warning,
        subject: subject(survey.resources, &own.reference),
        place: own.reference.place.clone(),
        message: format!(
            "kustomize doesn't know that this names {} \"{}\", and would leave it behind; use `strategy: auto`",
            object.kind.name(),
            object.resource.name()
        ),
    }
}

/// Whether a reference already says the name that the object gets.
fn is_up_to_date(object: &Object<'_>, reference: &Reference<'_>) -> bool {
    object
        .new_name()
        .is_some_and(|name| name == reference.name())
}
