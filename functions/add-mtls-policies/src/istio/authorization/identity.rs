//! The identities that a rule names.

use std::borrow::Cow;

use sdk::Place;

/// An identity that a rule names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'r> {
    /// As it is written.
    pub(crate) text: Cow<'r, str>,
    /// Where.
    pub(crate) place: Place,
    /// Whether it is named to be left out: in a `not…` list.
    pub(crate) is_excluded: bool,
    /// How it is named.
    pub(super) form: Form,
    /// The namespace of the policy.
    pub(super) namespace: &'r str,
}

/// How an identity is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `<trust domain>/ns/<namespace>/sa/<account>`, without `spiffe://`.
    Principal,
    /// `<namespace>/<account>` or `<account>`.
    ServiceAccount,
}

impl Identity<'_> {
    /// Whether it is anybody who has an identity.
    ///
    /// istio: pilot/pkg/security/authz/matcher/string.go, `StringMatcherWithPrefix`.
    pub(crate) fn is_anyone(&self) -> bool {
        self.form == Form::Principal && self.text == "*"
    }

    /// Whether it stands for several.
    pub(crate) fn is_pattern(&self) -> bool {
        self.form == Form::Principal && (self.text.starts_with('*') || self.text.ends_with('*'))
    }

    /// The namespace and the name of the ServiceAccount, where it is just one.
    ///
    /// istio: pilot/pkg/security/authz/model/generator.go, `serviceAccountRegex`: without a namespace it is one of the
    /// policy's.
    pub(crate) fn account(&self) -> Option<(&str, &str)> {
        match self.form {
            Form::ServiceAccount => {
                let whole = self.text.split_once('/');
                Some(whole.unwrap_or((self.namespace, &self.text)))
            }
            Form::Principal if self.is_pattern() => None,
            Form::Principal => {
                let (_, rest) = self.principal()?;
                let (namespace, account) = rest.split_once("/sa/")?;
                let is_plain = |part: &str| !part.is_empty() && !part.contains('/');
                (is_plain(namespace) && is_plain(account)).then_some((namespace, account))
            }
        }
    }

    /// The trust domain, where it is one.
    pub(crate) fn trust_domain(&self) -> Option<&str> {
        let (domain, _) = self.principal().filter(|_| !self.is_pattern())?;
        Some(domain)
    }

    /// Whether it has the `spiffe://` that Istio puts before principals by itself, so that it is nobody.
    ///
    /// istio: pilot/pkg/security/authz/model/generator.go, `srcPrincipalGenerator`.
    pub(crate) fn has_scheme(&self) -> bool {
        self.form == Form::Principal && self.text.starts_with("spiffe://")
    }

    fn principal(&self) -> Option<(&str, &str)> {
        let is_principal = self.form == Form::Principal && !self.has_scheme();
        let (domain, rest) = self.text.split_once("/ns/").filter(|_| is_principal)?;
        (!domain.is_empty() && !domain.contains('/')).then_some((domain, rest))
    }
}
