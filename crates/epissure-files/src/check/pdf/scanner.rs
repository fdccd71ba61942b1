//! One pass over the bytes of a document, in constant memory.
//!
//! Names count among objects. In strings, comments and the data of streams they are words like others, until `obj`
//! stands there: a table could lead a reader to that object. From then on the long names count wherever they stand,
//! and so do the marks of an object stream, so that no second reading of the bytes hides anything from the first.

use super::address::Address;
use super::dictionary::{Dictionary, Filter, NO_DICTIONARY};
use super::names::{NAMES, NAVIGATION, Name, Where};
use crate::verdict::Reason;

/// What is to be done after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Next,
    /// The data of an object stream begin here, deflated.
    ObjectStream,
    /// So do data that a lenient reader takes for one, and that may be anything else.
    CountedStream,
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
    /// The target of a link.
    Address,
    /// The file that the data of a stream are in, or the flags of an annotation.
    File,
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
    /// The last bytes, to see `obj` and `<<` where no objects should be.
    recent: u32,
    /// `obj` stood where no objects should be.
    shadow: bool,
    /// `<<` did.
    shadow_dictionary: bool,
    /// The string that is being read, when it is an address, or an object by itself.
    address: Option<Address>,
    is_target: bool,
    /// The last word was the beginning of an object.
    begins: bool,
    targets_elsewhere: bool,
    refused_address: bool,
    refused_target: Option<Reason>,
    has_root: bool,
    /// A stream with a count was not read.
    has_unread: bool,
    /// The table of objects is a stream, as it has to be to speak of object streams.
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

    /// For what an object stream inflates to.
    pub(super) fn of_object_stream() -> Scanner {
        Scanner { in_object_stream: true, ..Scanner::of_file() }
    }

    /// Takes over what an object stream, read to its end, told of the document.
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

    /// After the last byte.
    pub(super) fn finish(mut self) -> Result<(), Reason> {
        self.end()?;
        // An action that stands by itself and visits an address may be the one that runs on opening.
        if self.opens_elsewhere && self.visits {
            return Err(Reason::ActiveContent);
        }
        // So may a text that stands by itself be the target of a link.
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

    /// The end of the bytes ends a name and a word too.
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

    /// `obj` between what ends a word or a number, and `<<`, where no objects should be.
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
            // Not yet a reason: in an encrypted document no string is what it looks like.
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
                Awaited::Address => self.targets_elsewhere = true,
                Awaited::File => self.dictionary.elsewhere |= self.depth == 1,
                Awaited::Nothing | Awaited::NextAction => {}
            }
        }
        self.begins = word == b"obj";
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
        self.has_table_stream |= dictionary.is_table;
        if dictionary.elsewhere {
            return Err(Reason::ExternalReference);
        }
        if !dictionary.object_stream {
            self.state = State::Data { matched: 0 };
            return match dictionary.filter {
                // Compressed otherwise: no reader gets there unless a table is a stream too.
                Filter::Flate | Filter::Other
                    if dictionary.counted && (dictionary.more || dictionary.filter == Filter::Other) =>
                {
                    self.has_unread = true;
                    Ok(Step::Next)
                }
                Filter::Flate if dictionary.counted && is_space(byte) => Ok(Step::CountedStream),
                // A lenient reader takes the data for objects, and no name may act in them.
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

    /// A name in what a reader skips, unless the file leads it there.
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
