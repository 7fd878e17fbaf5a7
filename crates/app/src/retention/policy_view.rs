//! A retention policy as it is shown, and as a person enters it.

use model::{AgeClock, KeepDays, RetentionPolicy};

use crate::{Failure, guests::filter::a_filter, views::PolicyView};

impl Default for PolicyView {
    /// 30 days from creation, open conversations spared.
    fn default() -> Self {
        Self::of(&RetentionPolicy::default())
    }
}

impl PolicyView {
    pub(crate) fn of(policy: &RetentionPolicy) -> Self {
        Self {
            days: policy.days.get().into(),
            from_last_activity: policy.clock == AgeClock::LastActivity,
            filter: policy.filter.as_ref().map(ToString::to_string),
            spare_open_conversations: policy.spare_open_conversations,
            spare_active: policy.spare_active,
        }
    }

    /// Checks what a person entered.
    pub fn check(self) -> Result<RetentionPolicy, Failure> {
        let days = KeepDays::new(self.days.into()).map_err(|e| Failure::field("days", e.to_string()))?;
        let filter = self.filter.map(|f| f.trim().to_owned());
        if filter.as_ref().is_some_and(|filter| filter.len() > 4_000) {
            return Err(Failure::field("filter", "may have at most 4,000 bytes"));
        }
        Ok(RetentionPolicy {
            days,
            clock: if self.from_last_activity { AgeClock::LastActivity } else { AgeClock::Created },
            // A value that got lost on the way is refused there: it must not come to mean everyone.
            filter: filter.map(|f| a_filter(&f)).transpose()?,
            spare_open_conversations: self.spare_open_conversations,
            spare_active: self.spare_active,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureCode;

    #[test]
    fn a_filter_that_got_lost_never_comes_to_mean_everyone() {
        let with =
            |filter: Option<&str>| PolicyView { filter: filter.map(str::to_owned), ..PolicyView::default() };
        assert_eq!(with(None).check().unwrap().filter, None);
        assert!(with(Some("active = true")).check().unwrap().filter.is_some());
        for lost in ["", " ", "\t\n"] {
            let refused = with(Some(lost)).check().unwrap_err();
            assert_eq!(
                (refused.code, refused.fields[0].field.as_str()),
                (FailureCode::InvalidInput, "filter"),
                "{lost:?}"
            );
            assert_eq!(a_filter(lost).unwrap_err().fields[0].field, "filter");
        }
    }
}
