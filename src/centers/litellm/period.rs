//! Periods and LiteLLM's durations. They are aligned to the calendar: `1mo` and `30d` end with the month, `7d` on
//! Sunday night.

use serde_json::Value;

use crate::model::Period;

/// The period that a duration is; the error is the duration of none that Bursar knows.
pub(super) fn of_duration(duration: Option<&str>) -> Result<Period, &str> {
    match duration {
        None => Ok(Period::Lifetime),
        Some("1d" | "24h") => Ok(Period::Daily),
        Some("7d" | "1w") => Ok(Period::Weekly),
        Some("1mo" | "30d") => Ok(Period::Monthly),
        Some(other) => Err(other),
    }
}

/// The duration to write for a period; null for one that never ends. `None` for a period that LiteLLM has not.
pub(super) fn duration(period: Period) -> Option<Value> {
    match period {
        Period::Daily => Some("1d".into()),
        Period::Weekly => Some("7d".into()),
        Period::Monthly => Some("1mo".into()),
        Period::Lifetime => Some(Value::Null),
        Period::Quarterly | Period::Yearly => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for period in Period::ALL {
            if let Some(value) = duration(period) {
                assert_eq!(of_duration(value.as_str()), Ok(period));
            }
        }
        assert_eq!(of_duration(Some("30d")), Ok(Period::Monthly));
        assert_eq!(of_duration(Some("90d")), Err("90d"));
    }
}
