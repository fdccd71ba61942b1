//! One pass over the bytes of a document, in constant memory.
//!
//! Names count in two ways. Among objects all of [`NAMES`] do. In what a reader would skip (strings, comments, the
//! data of streams) the long ones do, and the marks of an object stream, which would otherwise hide there. A
//! hostile file can so make the scanner take objects for text or text for objects, but not both at once: either way
//! what matters is seen.

use super::names::{NAMES, NAVIGATION, Name, Where};
use crate::verdict::Reason;

/// What is to be done after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Next,
    /// The data of an object stream begin here, deflated.
    ObjectStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Objects,
    /// After `<`, which begins a dictionary when another follows, and a hexadecimal string otherwise.
    Opening,
    /// After `>`, which ends a dictionary when another follows.
    Closing,
    Comment,
    Text {
        depth: u32,
        escaped: bool,
    },
    Hexadecimal,
    /// Of a stream, and how much of its last word was read.
    Data {
        matched: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    None,
    Flate,
    Other,
}

/// What is known of the dictionary that a stream may follow.
#[derive(Debug, Clone, Copy)]
struct Dictionary {
    object_stream: bool,
    filter: Filter,
    /// Parameters of filters, or data in another file: not followed.
    more: bool,
}

const NO_DICTIONARY: Dictionary = Dictionary { object_stream: false, filter: Filter::None, more: false };

/// What the last name waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// A dictionary or a reference, which make this a reason.
    Value(Reason),
    Filter,
    Filters,
    OpenAction,
    ActionType,
    /// The rest of a reference that stands where the type of an action does: so many numbers of it were read.
    ActionReference {
        numbers: u8,
    },
    NextAction,
}

pub(super) struct Scanner {
    state: State,
    name: Option<Name>,
    /// The beginning of the word that is being read, and the length of all of it.
    word: [u8; 8],
    word_length: usize,
    awaited: Awaited,
    /// After a name where no objects should be: the reason, when a value follows.
    hidden: Option<Reason>,
    depth: u32,
    dictionary: Dictionary,
    /// The depth of an action that runs on opening and is written where it is named.
    opening: Option<u32>,
    opens_elsewhere: bool,
    visits: bool,
    in_object_stream: bool,
}

const END_OF_STREAM: &[u8] = b"endstream";

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl Scanner {
    pub(super) fn of_file() -> Scanner {
        Scanner {
            state: State::Objects,
            name: None,
            word: [0; 8],
            word_length: 0,
            awaited: Awaited::Nothing,
            hidden: None,
            depth: 0,
            dictionary: NO_DICTIONARY,
            opening: None,
            opens_elsewhere: false,
            visits: false,
            in_object_stream: false,
        }
    }

    /// For what an object stream inflates to.
    pub(super) fn of_object_stream() -> Scanner {
        Scanner { in_object_stream: true, ..Scanner::of_file() }
    }

    /// Takes over what an object stream, read to its end, told of the document.
    pub(super) fn learn(&mut self, mut inside: Scanner) -> Result<(), Reason> {
        inside.end()?;
        self.opens_elsewhere |= inside.opens_elsewhere;
        self.visits |= inside.visits;
        Ok(())
    }

    /// After the last byte.
    pub(super) fn finish(mut self) -> Result<(), Reason> {
        self.end()?;
        // An action that stands by itself and visits an address may be the one that runs on opening.
        if self.opens_elsewhere && self.visits { Err(Reason::ActiveContent) } else { Ok(()) }
    }

    /// The end of the bytes ends a name and a word too.
    fn end(&mut self) -> Result<(), Reason> {
        self.step(b' ').map(|_| ())
    }

    pub(super) fn step(&mut self, byte: u8) -> Result<Step, Reason> {
        let ends = is_space(byte) || is_delimiter(byte);
        if ends && let Some(name) = self.name.take() {
            match self.state {
                State::Objects => self.name_of_object(name.as_bytes())?,
                _ => self.hidden_name(name.as_bytes())?,
            }
        }
        if !is_space(byte)
            && self.name.is_none()
            && let Some(reason) = self.hidden.take()
            && (byte.is_ascii_digit() || matches!(byte, b'+' | b'%' | b'['))
        {
            return Err(reason);
        }
        match (&mut self.name, byte) {
            (name, b'/') => *name = Some(Name::default()),
            (Some(name), _) => name.push(byte),
            (None, _) => {}
        }
        self.advance(byte, ends)
    }

    fn advance(&mut self, byte: u8, ends: bool) -> Result<Step, Reason> {
        match self.state {
            State::Objects => return self.object_byte(byte, ends),
            State::Opening if byte == b'<' => {
                self.state = State::Objects;
                self.open_dictionary()?;
            }
            State::Opening => {
                self.awaited = Awaited::Nothing;
                self.state = if byte == b'>' { State::Objects } else { State::Hexadecimal };
            }
            State::Closing => {
                self.state = State::Objects;
                if byte != b'>' {
                    return self.object_byte(byte, ends);
                }
                self.close_dictionary();
            }
            State::Comment if matches!(byte, b'\r' | b'\n') => self.state = State::Objects,
            State::Hexadecimal if byte == b'>' => self.state = State::Objects,
            State::Comment | State::Hexadecimal => {}
            State::Text { depth, escaped } => {
                self.state = match byte {
                    _ if escaped => State::Text { depth, escaped: false },
                    b'\\' => State::Text { depth, escaped: true },
                    b'(' => State::Text { depth: depth.saturating_add(1), escaped },
                    b')' if depth == 0 => State::Objects,
                    b')' => State::Text { depth: depth - 1, escaped },
                    _ => self.state,
                };
            }
            State::Data { matched } => self.data_byte(byte, matched),
        }
        Ok(Step::Next)
    }

    fn object_byte(&mut self, byte: u8, ends: bool) -> Result<Step, Reason> {
        if self.name.is_some() && !ends {
            return Ok(Step::Next);
        }
        if !ends {
            if let Some(place) = self.word.get_mut(self.word_length) {
                *place = byte;
            }
            self.word_length += 1;
            return Ok(Step::Next);
        }
        if self.word_length > 0 {
            let (word, length) = (self.word, std::mem::take(&mut self.word_length));
            if self.end_of_word(&word[..length.min(word.len())], length)? {
                return self.stream(byte);
            }
        }
        match byte {
            b'%' => self.state = State::Comment,
            b'(' => {
                self.awaited = Awaited::Nothing;
                self.state = State::Text { depth: 0, escaped: false };
            }
            b'<' => self.state = State::Opening,
            b'>' => self.state = State::Closing,
            b'[' => self.open_array(),
            b']' | b'{' | b'}' | b')' => self.awaited = Awaited::Nothing,
            _ => {}
        }
        Ok(Step::Next)
    }

    fn open_dictionary(&mut self) -> Result<(), Reason> {
        self.depth = self.depth.saturating_add(1);
        match std::mem::replace(&mut self.awaited, Awaited::Nothing) {
            Awaited::Value(reason) => return Err(reason),
            Awaited::OpenAction => self.opening = Some(self.depth),
            Awaited::NextAction => self.visits = true,
            _ => {}
        }
        Ok(())
    }

    fn close_dictionary(&mut self) {
        self.awaited = Awaited::Nothing;
        self.depth = self.depth.saturating_sub(1);
        self.opening = self.opening.filter(|depth| *depth <= self.depth);
    }

    fn open_array(&mut self) {
        self.visits |= self.awaited == Awaited::NextAction;
        self.awaited = if self.awaited == Awaited::Filter { Awaited::Filters } else { Awaited::Nothing };
    }

    /// A number or a keyword; whether it is the one before the data of a stream.
    fn end_of_word(&mut self, word: &[u8], length: usize) -> Result<bool, Reason> {
        let is_number = matches!(word.first(), Some(b'0'..=b'9' | b'+' | b'-' | b'.'));
        let awaited = std::mem::replace(&mut self.awaited, Awaited::Nothing);
        if is_number {
            // The first of the two numbers of a reference.
            match awaited {
                Awaited::Value(reason) => return Err(reason),
                Awaited::Filter | Awaited::Filters => self.dictionary.filter = Filter::Other,
                Awaited::OpenAction => self.opens_elsewhere = true,
                Awaited::ActionType if self.opening.is_some() => return Err(Reason::ActiveContent),
                // Tables of hints have a number by the same name.
                Awaited::ActionType => self.awaited = Awaited::ActionReference { numbers: 1 },
                Awaited::ActionReference { .. } => self.awaited = Awaited::ActionReference { numbers: 2 },
                Awaited::Nothing | Awaited::NextAction => {}
            }
        }
        self.visits |= word == b"R" && awaited == Awaited::ActionReference { numbers: 2 };
        // Neither of them is believed in the middle of a dictionary.
        if self.depth == 0 && length <= word.len() && matches!(word, b"obj" | b"endobj") {
            self.dictionary = NO_DICTIONARY;
        }
        Ok(word == b"stream" && length == word.len())
    }

    /// The data of a stream begin behind this byte, or with it.
    fn stream(&mut self, byte: u8) -> Result<Step, Reason> {
        let dictionary = std::mem::replace(&mut self.dictionary, NO_DICTIONARY);
        self.depth = 0;
        self.opening = None;
        if self.in_object_stream {
            // No stream can be in another; what looks like it is read as objects.
            return if dictionary.object_stream { Err(Reason::Uncheckable) } else { Ok(Step::Next) };
        }
        if !dictionary.object_stream {
            self.state = State::Data { matched: 0 };
            return Ok(Step::Next);
        }
        match dictionary.filter {
            _ if dictionary.more || !is_space(byte) => Err(Reason::Uncheckable),
            Filter::Other => Err(Reason::Uncheckable),
            // Its objects stand there as they are.
            Filter::None => Ok(Step::Next),
            Filter::Flate => {
                self.state = State::Data { matched: 0 };
                Ok(Step::ObjectStream)
            }
        }
    }

    fn data_byte(&mut self, byte: u8, matched: usize) {
        let matched = match byte {
            byte if byte == END_OF_STREAM[matched] => matched + 1,
            // The seventh byte of the word is its first one again.
            b'n' if matched == 7 => 2,
            b'e' => 1,
            _ => 0,
        };
        let ended = matched == END_OF_STREAM.len();
        self.state = if ended { State::Objects } else { State::Data { matched } };
    }

    fn name_of_object(&mut self, name: &[u8]) -> Result<(), Reason> {
        let awaited = std::mem::replace(&mut self.awaited, Awaited::Nothing);
        match awaited {
            Awaited::Filter | Awaited::Filters => {
                let flate = matches!(name, b"FlateDecode" | b"Fl") && self.dictionary.filter == Filter::None;
                self.dictionary.filter = if flate { Filter::Flate } else { Filter::Other };
                if awaited == Awaited::Filters {
                    self.awaited = awaited;
                }
            }
            Awaited::ActionType => {
                self.visits |= name == b"URI" && self.depth <= 1;
                if self.opening.is_some() && !NAVIGATION.contains(&name) {
                    return Err(Reason::ActiveContent);
                }
            }
            _ => {}
        }
        match NAMES.iter().find(|(one, ..)| *one == name) {
            Some((_, Where::Key, reason)) => self.awaited = Awaited::Value(*reason),
            Some((_, _, reason)) => return Err(*reason),
            None => {}
        }
        match name {
            b"First" | b"ObjStm" => self.dictionary.object_stream = true,
            b"DecodeParms" | b"DP" | b"F" | b"FFilter" | b"FDecodeParms" => self.dictionary.more = true,
            b"Filter" => self.awaited = Awaited::Filter,
            b"OpenAction" => self.awaited = Awaited::OpenAction,
            b"S" => self.awaited = Awaited::ActionType,
            b"Next" if self.opening.is_some() => return Err(Reason::ActiveContent),
            b"Next" => self.awaited = Awaited::NextAction,
            _ => {}
        }
        Ok(())
    }

    /// A name in what a reader skips, unless the file leads it there.
    fn hidden_name(&mut self, name: &[u8]) -> Result<(), Reason> {
        match name {
            b"ObjStm" => return Err(Reason::Uncheckable),
            b"First" => self.hidden = Some(Reason::Uncheckable),
            b"XFA" => self.hidden = Some(Reason::ActiveContent),
            _ => {}
        }
        let found = NAMES.iter().find(|(one, place, _)| *one == name && *place == Where::Anywhere);
        found.map_or(Ok(()), |(_, _, reason)| Err(*reason))
    }
}
