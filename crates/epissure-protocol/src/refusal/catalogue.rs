//! The texts of the catalogue, in each language.
//!
//! `texts/en.ftl` and `texts/fr.ftl` hold them in Fluent's syntax (projectfluent.org): one message
//! per refusal, whose placeables are the fields of the variant.

use std::fmt::Display;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::{LanguageIdentifier, langid};

/// A language in which refusals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English, unless the caller prefers another.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// Every language, the default one first.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Returns the language tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
        }
    }
}

pub(super) const ENGLISH_TEXTS: &str = include_str!("../../texts/en.ftl");
pub(super) const FRENCH_TEXTS: &str = include_str!("../../texts/fr.ftl");

static ENGLISH: LazyLock<FluentBundle<FluentResource>> =
    LazyLock::new(|| bundle(langid!("en"), ENGLISH_TEXTS));
static FRENCH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(langid!("fr"), FRENCH_TEXTS));

/// Builds the bundle of one language. A test refuses texts with syntax errors or two messages of
/// one identifier.
fn bundle(language: LanguageIdentifier, texts: &str) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The answers are JSON for programs: directional marks around arguments would be part of the
    // text.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(texts.to_owned()).unwrap_or_else(|(sound_part, _)| sound_part);
    bundle.add_resource_overriding(resource);
    bundle
}

/// Returns the text of an identifier with its arguments; the identifier itself if there is no text,
/// which a test excludes.
pub(super) fn render(
    language: Language,
    id: &str,
    arguments: impl IntoIterator<Item = (&'static str, FluentValue<'static>)>,
) -> String {
    let bundle = language.bundle();
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
        return id.to_owned();
    };
    let arguments: FluentArgs<'_> = arguments.into_iter().collect();
    // A missing argument leaves its name in the text, and fails a test.
    bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
}

/// A field of a refusal as an argument of its text.
pub(super) trait Argument {
    /// Returns the value, for texts in a language.
    fn value(&self, language: Language) -> FluentValue<'static>;
}

/// Text that is the same in every language: names, codes, values.
macro_rules! shown {
    ($($type:ty),+ $(,)?) => {
        $(impl Argument for $type {
            fn value(&self, _: Language) -> FluentValue<'static> { self.to_string().into() }
        })+
    };
}

/// The largest whole number that Fluent's numbers, which are `f64`, hold exactly.
const MAX_EXACT: u64 = 1 << 53;

/// Whole numbers, among which a text may choose its plural.
macro_rules! number {
    ($($type:ty),+ $(,)?) => {
        $(impl Argument for $type {
            fn value(&self, _: Language) -> FluentValue<'static> {
                let exact = u64::try_from(*self).is_ok_and(|number| number <= MAX_EXACT);
                if exact { (*self).into() } else { self.to_string().into() }
            }
        })+
    };
}

shown! {
    String, &'static str, crate::codes::Status, crate::codes::Actor, crate::codes::Reason, crate::codes::Complexity,
    crate::codes::Kind, crate::names::OperatorCode, super::ScopeList,
}
number! { u32, u64, usize, i64 }

impl<T: Display> Argument for Vec<T> {
    /// The items, separated by commas.
    fn value(&self, _: Language) -> FluentValue<'static> {
        self.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into()
    }
}

impl Argument for super::Alternatives {
    fn value(&self, language: Language) -> FluentValue<'static> {
        let or = format!(" {} ", render(language, "or", []));
        self.0.join(&or).into()
    }
}

impl Argument for super::Expected {
    fn value(&self, language: Language) -> FluentValue<'static> {
        self.text(language).into()
    }
}
