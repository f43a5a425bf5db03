//! The words of the domain as pure values: amounts, caps, periods, people, pools and the state of a center.
//!
//! Nothing here reads a file, speaks HTTP or knows a vendor.

mod alert;
mod alike;
mod amount;
mod cap;
pub mod capability;
mod checkup;
mod control;
mod desired;
mod drawn;
mod fallback;
mod guardrails;
mod ids;
mod inventory;
mod period;
mod place;
mod pool;
mod record;
mod roster;
mod rule;
mod settings;
mod source;
mod state;
mod subject;
pub mod total;
pub mod window;
pub mod worst_case;

pub use alert::{Alert, AlertKey, AlertScope, Recipient, Threshold};
pub use alike::alike;
pub use amount::{Amount, AmountError, Unit, UnitError, has_28_digits, parse_decimal};
pub use cap::{Cap, Others};
pub use checkup::{Checkup, Reached, TokenCheck, TokenState};
pub use control::{Availability, ControlName, Offered};
pub use desired::{Desired, Ended, Lapse, PoolSources};
pub use drawn::{Drawn, PersonDrawn, PoolDrawn};
pub use fallback::{FALLBACK_MARK, Fallback, Worth, fallback_target};
pub use guardrails::{Above, Guardrails, OnDrift, Threat};
pub use ids::{CenterId, GroupId, IdError, MAX_ID, MemberId, NotifyId, PoolId, RateId, check_id};
pub use inventory::{Inventory, Person};
pub use period::Period;
pub use place::{ObjectUrl, Place, PlaceError, Vendor};
pub use pool::{Budget, Expiry, Grant, INCLUDED_USAGE, Limit, Pool, Target, WhenExhausted};
pub use record::{CenterRecord, Confirmed, Level, LevelError, PoolSetting, Record, is_record};
pub use roster::{Roster, Scope};
pub use rule::{Rule, RuleWho, Turn};
pub use settings::{AccessWords, Auth, CenterSettings, Column, Export, Scim, SecretSource};
pub use source::{Origin, Source};
pub use state::{Evidence, ForeignPool, Membership, Observed, State};
pub use subject::Subject;
pub use window::Window;
