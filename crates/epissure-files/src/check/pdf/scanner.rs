//! One pass over the bytes of a document, in constant memory.
//!
//! Names count among objects. In strings, comments and stream data they are plain text, until `obj`
//! occurs there: a table could lead a reader to that object. From then on, long names and the marks
//! of an object stream count anywhere. No other interpretation of the bytes can thus hide anything
//! from the scanner.

use super::address::Address;
use super::dictionary::{Dictionary, Filter, NO_DICTIONARY};
use super::names::{NAMES, NAVIGATION, Name, Where};
use crate::verdict::Reason;

/// Action required after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Next,
    /// Deflated data of an object stream start here.
    ObjectStream,
    /// Deflated data that a lenient reader may take for an object stream start here.
    CountedStream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Objects,
    /// After `<`, which starts a dictionary if another follows, and a hexadecimal string otherwise.
    Opening,
    /// After `>`, which ends a dictionary if another follows.
    Closing,
    Comment,
    Text {
        depth: u32,
        escaped: bool,
    },
    Hexadecimal,
    /// In stream data; `matched` is the number of bytes read of the end keyword.
    Data {
        matched: usize,
    },
}

/// Value that the last name expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// A dictionary or a reference, which is rejected with this reason.
    Value(Reason),
    Filter,
    Filters,
    OpenAction,
    ActionType,
    /// The rest of a reference as the type of an action; `numbers` is the count of numbers read.
    ActionReference {
        numbers: u8,
    },
    NextAction,
    /// Target of a link.
    Address,
    /// File that contains the data of a stream, or flags of an annotation.
    File,
}

pub(super) struct Scanner {
    state: State,
    name: Option<Name>,
    /// First bytes of the current word, whose whole length is `word_length`.
    word: [u8; 8],
    word_length: usize,
    awaited: Awaited,
    /// Reason to reject if a value follows a hidden name.
    hidden: Option<Reason>,
    depth: u32,
    dictionary: Dictionary,
    /// Depth of an action that runs on opening and is written in place.
    opening: Option<u32>,
    opens_elsewhere: bool,
    visits: bool,
    in_object_stream: bool,
    /// Last bytes, to detect `obj` and `<<` outside objects.
    recent: u32,
    /// True after `obj` outside objects.
    shadow: bool,
    /// True after `<<` outside objects.
    shadow_dictionary: bool,
    /// Current string, if it is an address or an indirect object.
    address: Option<Address>,
    is_target: bool,
    /// True when the last word started an object.
    begins: bool,
    targets_elsewhere: bool,
    refused_address: bool,
    refused_target: Option<Reason>,
    has_root: bool,
    /// True when a stream with a count was not scanned.
    has_unread: bool,
    /// True when a cross-reference table is a stream, the only kind that can refer to object
    /// streams.
    has_table_stream: bool,
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
            recent: 0,
            shadow: false,
            shadow_dictionary: false,
            address: None,
            is_target: false,
            begins: false,
            targets_elsewhere: false,
            refused_address: false,
            refused_target: None,
            has_root: false,
            has_unread: false,
            has_table_stream: false,
        }
    }

    /// Creates a scanner of an inflated object stream.
    pub(super) fn of_object_stream() -> Scanner {
        Scanner { in_object_stream: true, ..Scanner::of_file() }
    }

    /// Merges the findings of an object stream that was scanned to its end.
    pub(super) fn learn(&mut self, mut inside: Scanner) -> Result<(), Reason> {
        inside.end()?;
        self.opens_elsewhere |= inside.opens_elsewhere;
        self.visits |= inside.visits;
        self.targets_elsewhere |= inside.targets_elsewhere;
        self.refused_address |= inside.refused_address;
        self.refused_target = self.refused_target.or(inside.refused_target);
        self.has_root |= inside.has_root;
        Ok(())
    }

    /// Judges the document after its last byte.
    pub(super) fn finish(mut self) -> Result<(), Reason> {
        self.end()?;
        // An indirect action that visits an address may be the one that runs on opening.
        if self.opens_elsewhere && self.visits {
            return Err(Reason::ActiveContent);
        }
        // Likewise, an indirect string may be the target of a link.
        if self.targets_elsewhere && self.refused_address {
            return Err(Reason::ExternalReference);
        }
        if let Some(reason) = self.refused_target {
            return Err(reason);
        }
        if self.has_unread && self.has_table_stream {
            return Err(Reason::Uncheckable);
        }
        if self.has_root { Ok(()) } else { Err(Reason::Malformed) }
    }

    /// Ends the current name and word at the end of the bytes.
    fn end(&mut self) -> Result<(), Reason> {
        self.step(b' ').map(|_| ())
    }

    pub(super) fn step(&mut self, byte: u8) -> Result<Step, Reason> {
        let ends = is_space(byte) || is_delimiter(byte);
        if !matches!(self.state, State::Objects | State::Opening | State::Closing) {
            self.look_for_objects(byte, ends);
        }
        self.recent = self.recent << 8 | u32::from(byte);
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

    /// Detects, outside objects, `obj` between delimiters or digits, and `<<`.
    fn look_for_objects(&mut self, byte: u8, ends: bool) {
        let [before, word @ ..] = self.recent.to_be_bytes();
        if (ends || byte.is_ascii_digit()) && &word == b"obj" {
            self.shadow |= is_space(before) || is_delimiter(before) || before.is_ascii_digit();
        }
        self.shadow_dictionary |= byte == b'<' && word[2] == b'<';
    }

    fn advance(&mut self, byte: u8, ends: bool) -> Result<Step, Reason> {
        match self.state {
            State::Objects => return self.object_byte(byte, ends),
            State::Opening if byte == b'<' => {
                self.state = State::Objects;
                self.open_dictionary()?;
            }
            State::Opening => {
                self.begin_string();
                self.state = State::Hexadecimal;
                return self.advance(byte, ends);
            }
            State::Closing => {
                self.state = State::Objects;
                if byte != b'>' {
                    return self.object_byte(byte, ends);
                }
                self.close_dictionary();
            }
            State::Comment if matches!(byte, b'\r' | b'\n') => self.state = State::Objects,
            State::Hexadecimal if byte == b'>' => {
                self.state = State::Objects;
                self.end_string();
            }
            State::Comment => {}
            State::Hexadecimal => {
                if let Some(address) = &mut self.address {
                    address.hexadecimal(byte);
                }
            }
            State::Text { depth: 0, escaped: false } if byte == b')' => {
                self.state = State::Objects;
                self.end_string();
            }
            State::Text { depth, escaped } => {
                if let Some(address) = &mut self.address {
                    address.literal(byte);
                }
                self.state = match byte {
                    _ if escaped => State::Text { depth, escaped: false },
                    b'\\' => State::Text { depth, escaped: true },
                    b'(' => State::Text { depth: depth.saturating_add(1), escaped },
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
                self.begin_string();
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

    fn begin_string(&mut self) {
        let awaited = std::mem::replace(&mut self.awaited, Awaited::Nothing);
        let begins = std::mem::take(&mut self.begins) || (self.in_object_stream && self.depth == 0);
        self.dictionary.elsewhere |= awaited == Awaited::File && self.depth == 1;
        self.is_target = awaited == Awaited::Address;
        self.address = (self.is_target || begins).then(Address::default);
    }

    fn end_string(&mut self) {
        match self.address.take() {
            // Reported at the end only: in an encrypted document, strings are unreadable.
            Some(address) if self.is_target => {
                self.refused_target = self.refused_target.or(address.judge().err());
            }
            Some(address) => self.refused_address |= address.holds_refused_address(),
            None => {}
        }
    }

    fn open_dictionary(&mut self) -> Result<(), Reason> {
        self.depth = self.depth.saturating_add(1);
        match std::mem::replace(&mut self.awaited, Awaited::Nothing) {
            Awaited::Value(reason) => return Err(reason),
            Awaited::OpenAction => self.opening = Some(self.depth),
            Awaited::NextAction => self.visits = true,
            Awaited::File => self.dictionary.elsewhere |= self.depth == 2,
            _ => {}
        }
        self.begins = false;
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

    /// Handles a number or a keyword; returns true before the data of a stream.
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
                // Hint tables have a number under the same name.
                Awaited::ActionType => self.awaited = Awaited::ActionReference { numbers: 1 },
                Awaited::ActionReference { .. } => self.awaited = Awaited::ActionReference { numbers: 2 },
                Awaited::Address => self.targets_elsewhere = true,
                Awaited::File => self.dictionary.elsewhere |= self.depth == 1,
                Awaited::Nothing | Awaited::NextAction => {}
            }
        }
        self.begins = word == b"obj";
        self.visits |= word == b"R" && awaited == Awaited::ActionReference { numbers: 2 };
        // Neither keyword is trusted within a dictionary.
        if self.depth == 0 && length <= word.len() && matches!(word, b"obj" | b"endobj") {
            self.dictionary = NO_DICTIONARY;
        }
        Ok(word == b"stream" && length == word.len())
    }

    /// Starts the data of a stream, at this byte or after it.
    fn stream(&mut self, byte: u8) -> Result<Step, Reason> {
        let dictionary = std::mem::replace(&mut self.dictionary, NO_DICTIONARY);
        self.depth = 0;
        self.opening = None;
        if self.in_object_stream {
            // Streams cannot be nested; the data are read as objects.
            return if dictionary.object_stream { Err(Reason::Uncheckable) } else { Ok(Step::Next) };
        }
        self.has_table_stream |= dictionary.is_table;
        if dictionary.elsewhere {
            return Err(Reason::ExternalReference);
        }
        if !dictionary.object_stream {
            self.state = State::Data { matched: 0 };
            return match dictionary.filter {
                // Compressed otherwise: readers use it only if a cross-reference table is a stream.
                Filter::Flate | Filter::Other
                    if dictionary.counted && (dictionary.more || dictionary.filter == Filter::Other) =>
                {
                    self.has_unread = true;
                    Ok(Step::Next)
                }
                Filter::Flate if dictionary.counted && is_space(byte) => Ok(Step::CountedStream),
                // A lenient reader takes the data for objects, so rejected names count in them.
                Filter::None if dictionary.counted => {
                    self.shadow = true;
                    Ok(Step::Next)
                }
                _ => Ok(Step::Next),
            };
        }
        match dictionary.filter {
            _ if dictionary.more || !is_space(byte) => Err(Reason::Uncheckable),
            Filter::Other => Err(Reason::Uncheckable),
            // Its objects are uncompressed, and are scanned in place.
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
            // The seventh byte of the keyword equals its first one.
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
        self.begins = false;
        match name {
            b"First" | b"ObjStm" => self.dictionary.object_stream = true,
            b"XRef" | b"W" => self.dictionary.is_table = true,
            b"N" if self.depth == 1 => self.dictionary.counted = true,
            b"DecodeParms" | b"DP" | b"FFilter" | b"FDecodeParms" => self.dictionary.more = true,
            b"F" => {
                self.dictionary.more = true;
                self.awaited = Awaited::File;
            }
            b"URI" | b"Base" => self.awaited = Awaited::Address,
            b"Root" | b"Catalog" => self.has_root = true,
            b"Filter" => self.awaited = Awaited::Filter,
            b"OpenAction" => self.awaited = Awaited::OpenAction,
            b"S" => self.awaited = Awaited::ActionType,
            b"Next" if self.opening.is_some() => return Err(Reason::ActiveContent),
            b"Next" => self.awaited = Awaited::NextAction,
            _ => {}
        }
        Ok(())
    }

    /// Handles a name in bytes that a reader skips unless the file leads it there.
    fn hidden_name(&mut self, name: &[u8]) -> Result<(), Reason> {
        if !self.shadow {
            let objects = self.shadow_dictionary && name == b"ObjStm";
            return if objects { Err(Reason::Uncheckable) } else { Ok(()) };
        }
        match name {
            b"ObjStm" => return Err(Reason::Uncheckable),
            b"URI" => return Err(Reason::ExternalReference),
            b"First" | b"N" => self.hidden = Some(Reason::Uncheckable),
            b"XFA" => self.hidden = Some(Reason::ActiveContent),
            _ => {}
        }
        let found = NAMES.iter().find(|(one, place, _)| *one == name && *place == Where::Anywhere);
        found.map_or(Ok(()), |(_, _, reason)| Err(*reason))
    }
}
