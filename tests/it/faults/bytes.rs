//! A journal cut off at every line and in the middle of the next one, both when nothing was made of what it last meant
//! to do and when all of it was; and at other bytes, where it tells what it told at the end of the line before.

use bursar::apply::{History, HistoryError};
use bursar::plan::Change;

use super::gate::{Embedded, Http};
use super::gateway::Gateway;
use super::place::{Place, look, plan, write};
use super::steps::world;
use crate::resume::bytes::told;
use crate::resume::harness::{Death, assert_whole, begin, go_on};

/// Takes a journal apart; how many lines it had.
async fn every_line<P: Place>() -> usize {
    let (place, world) = (P::start(), world(P::WIDE));
    place.fill(&world).await;
    let (approved, sites) = plan(&place.settings(), &world.after).await.unwrap();
    let (whole, report) = begin(&approved, &sites, &Death::never()).await;
    assert!(report.unwrap().is_complete());
    let mut lines = 0;
    let mut before = None;
    for cut in (0..=whole.len()).filter(|cut| cut % 13 == 0 || (*cut > 0 && whole[cut - 1] == b'\n')) {
        let bytes = &whole[..cut];
        let history = match History::read(bytes) {
            Err(HistoryError::Empty) => continue,
            read => Some(read.unwrap()),
        };
        if bytes.last() != Some(&b'\n') {
            assert_eq!(history, before, "{cut}");
            continue;
        }
        (lines, before) = (lines + 1, history);
        let torn = &whole[..(cut + 100).min(whole.len())];
        let (surely, perhaps) = told(&approved, bytes);
        for made in [surely, perhaps] {
            for (from, anew) in [(bytes, false), (torn, false), (bytes, true)] {
                finish(&place, &made, from, anew).await;
            }
        }
    }
    assert_eq!(lines, 2 * approved.changes.len());
    lines
}

/// Brings a center to its end of which these changes were made when the run died and this is the journal.
async fn finish<P: Place>(place: &P, made: &[Change], bytes: &[u8], anew: bool) {
    let world = world(P::WIDE);
    place.fill(&world).await;
    let (_, sites) = plan(&place.direct(), &world.after).await.unwrap();
    write(sites.values().next().unwrap(), made).await;
    let (plan, sites) = plan(&place.settings(), &world.after).await.unwrap();
    let never = Death::never();
    let (journal, report) =
        if anew { begin(&plan, &sites, &never).await } else { go_on(&plan, &sites, &never, bytes).await.unwrap() };
    let at = (bytes.len(), made.len(), anew);
    assert!(report.unwrap().is_complete(), "{at:?}");
    assert_eq!(look(&place.direct(), &world.after).await.unwrap(), [], "{at:?}");
    if !journal.is_empty() {
        assert_whole(&journal);
    }
    assert_eq!(place.twice(), Vec::<String>::new(), "{at:?}");
}

#[tokio::test]
async fn every_line_of_a_journal_is_a_place_to_die_in_a_file() {
    assert!(every_line::<Embedded>().await > 20);
}

#[tokio::test]
async fn every_line_of_a_journal_is_a_place_to_die_over_http() {
    assert!(every_line::<Http>().await > 20);
}

#[tokio::test]
async fn every_line_of_a_journal_is_a_place_to_die_on_a_gateway() {
    assert!(every_line::<Gateway>().await > 20);
}
