//! Requests for a higher cap: where one lands in the files, how they are shown, and how they are answered.

mod chatgpt;
mod claude;
mod landing;
mod ledger;
mod shown;
