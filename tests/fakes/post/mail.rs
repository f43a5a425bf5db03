//! A mail server in the open, for this machine.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use super::super::listen::listen;

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection ends before a word.
    Gone,
    /// The sender is refused for now.
    Mail451,
    /// The recipient is refused for good.
    Rcpt550,
    /// The connection ends before the message.
    DropBeforeData,
    /// The message is read and refused.
    Data554,
    /// The message is read and refused for now.
    Data452,
    /// The message is taken, and the connection ends without a word of it.
    DropAfterData,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Default)]
struct Held {
    letters: Vec<Letter>,
    faults: VecDeque<Fault>,
    logins: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) address: String,
    held: Arc<Mutex<Held>>,
}

impl Mail {
    pub(crate) fn start() -> Self {
        let held: Arc<Mutex<Held>> = Arc::default();
        let serving = Arc::clone(&held);
        let url = listen(move |stream| {
            // Whoever goes away has what they wanted.
            let _ = serve(stream, &serving);
        });
        Self { address: url.trim_start_matches("http://").to_owned(), held }
    }

    pub(crate) fn fails(&self, fault: Fault) {
        self.held.lock().unwrap().faults.push_back(fault);
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.held.lock().unwrap().letters.clone()
    }

    /// What was said to let somebody in.
    pub(crate) fn logins(&self) -> Vec<String> {
        self.held.lock().unwrap().logins.clone()
    }
}

fn serve(stream: &TcpStream, held: &Mutex<Held>) -> std::io::Result<()> {
    let fault = |wanted: &[Fault]| {
        let mut held = held.lock().unwrap();
        held.faults.front().copied().filter(|next| wanted.contains(next)).inspect(|_| {
            held.faults.pop_front();
        })
    };
    let mut reader = BufReader::new(stream);
    let mut say = stream;
    if fault(&[Fault::Gone]).is_some() {
        return Ok(());
    }
    say.write_all(b"220 fake\r\n")?;
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let upper = line.to_ascii_uppercase();
        let answer: &[u8] = if upper.starts_with("EHLO") {
            b"250-fake\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"
        } else if upper.starts_with("AUTH PLAIN") {
            held.lock().unwrap().logins.push(line.trim().to_owned());
            b"235 ok\r\n"
        } else if upper.starts_with("MAIL FROM") {
            if fault(&[Fault::Mail451]).is_some() { b"451 later\r\n" } else { b"250 ok\r\n" }
        } else if upper.starts_with("RCPT TO") {
            line[8..].trim().trim_matches(['<', '>']).clone_into(&mut to);
            if fault(&[Fault::Rcpt550]).is_some() { b"550 nobody here\r\n" } else { b"250 ok\r\n" }
        } else if upper.starts_with("DATA") {
            if fault(&[Fault::DropBeforeData]).is_some() {
                return Ok(());
            }
            say.write_all(b"354 go on\r\n")?;
            let mut text = String::new();
            loop {
                line.clear();
                if reader.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                if line == ".\r\n" {
                    break;
                }
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
            }
            match fault(&[Fault::Data554, Fault::Data452, Fault::DropAfterData]) {
                Some(Fault::Data554) => b"554 no\r\n",
                Some(Fault::Data452) => b"452 full\r\n",
                lost => {
                    held.lock().unwrap().letters.push(Letter { to: to.clone(), text });
                    if lost.is_some() {
                        return Ok(());
                    }
                    b"250 taken\r\n"
                }
            }
        } else if upper.starts_with("QUIT") {
            say.write_all(b"221 bye\r\n")?;
            return Ok(());
        } else {
            b"250 ok\r\n"
        };
        say.write_all(answer)?;
    }
}
