//! The bounds of a LimitRange, and what breaks them.
//!
//! Source: the LimitRanger admission plugin of Kubernetes.

use super::amount::Amount;
use crate::quantity::Quantity;

/// Which bound of an item is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `min`
    Min,
    /// `max`
    Max,
    /// `maxLimitRequestRatio`
    MaxLimitRequestRatio,
}

/// What breaks a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is no request, or for a ratio it is zero.
    NoRequest,
    /// There is no limit, or for a ratio it is zero.
    NoLimit,
    /// The request is out of bounds.
    Request,
    /// The limit is out of bounds.
    Limit,
    /// The limit is too many times the request.
    Ratio,
}

/// Why the API server refuses a pod.
#[derive(Clone, Debug)]
pub struct Refusal<'r> {
    /// The bound.
    pub bound: Bound,
    /// What breaks it.
    pub cause: Cause,
    /// The bound's value, in the LimitRange.
    pub amount: Amount<'r>,
}

impl Bound {
    /// What breaks a bound of this value; the first that the API server would name.
    pub(crate) fn broken_by(
        self,
        value: Quantity,
        request: Option<Quantity>,
        limit: Option<Quantity>,
    ) -> Option<Cause> {
        match self {
            Self::Min => match (request, limit) {
                (None, _) => Some(Cause::NoRequest),
                (Some(request), _) if request < value => Some(Cause::Request),
                (_, Some(limit)) if limit < value => Some(Cause::Limit),
                _ => None,
            },
            Self::Max => match (request, limit) {
                (_, None) => Some(Cause::NoLimit),
                (_, Some(limit)) if limit > value => Some(Cause::Limit),
                (Some(request), _) if request > value => Some(Cause::Request),
                _ => None,
            },
            Self::MaxLimitRequestRatio => {
                let written = |amount: Option<Quantity>| amount.filter(|amount| !amount.is_zero());
                let Some(request) = written(request) else {
                    return Some(Cause::NoRequest);
                };
                let Some(limit) = written(limit) else {
                    return Some(Cause::NoLimit);
                };
                limit.ratio_exceeds(request, value).then_some(Cause::Ratio)
            }
        }
    }
}
