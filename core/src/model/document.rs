//! One declaration per document level gives its struct, its two encodings and its patch.
//!
//! In JSON a document is written as the legacy writer does: every key in order, absent options as `null`, unknown
//! keys after. In a body only what is there is written, and unknown keys are under `extra`.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A value that may be under a known key.
pub(crate) trait Field: Sized {
    /// What an absent key means; `human` says that the document is JSON.
    fn absent<E: Error>(key: &'static str, human: bool) -> Result<Self, E>;
    /// Whether a body leaves the key out.
    fn is_absent(&self) -> bool;
}

macro_rules! required {
    ($($type:ty),*) => {$(
        impl Field for $type {
            fn absent<E: Error>(key: &'static str, _human: bool) -> Result<Self, E> {
                Err(E::missing_field(key))
            }
            fn is_absent(&self) -> bool {
                false
            }
        }
    )*};
}
required!(String, u32, crate::Text);

impl<T> Field for Option<T> {
    fn absent<E: Error>(_key: &'static str, _human: bool) -> Result<Self, E> {
        Ok(None)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Lists are required in JSON, as the legacy reader has it, and left out of bodies where empty.
impl<T> Field for Vec<T> {
    fn absent<E: Error>(key: &'static str, human: bool) -> Result<Self, E> {
        if human { Err(E::missing_field(key)) } else { Ok(Vec::new()) }
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// A key of a map, borrowed from the input where the input allows it.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E: Error>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// Reads the value of `key` into `slot`, once.
pub(crate) fn read_once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    key: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(key));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

/// What is declared of one field.
macro_rules! about {
    ($field:ident, $type:ty, $key:literal, $class:ident) => {
        About {
            key: $key,
            name: stringify!($field),
            kind: <$type as $crate::model::value::Slot>::KIND,
            class: $crate::model::field::Class::$class,
            is_optional: <$type as $crate::model::value::Slot>::IS_OPTIONAL,
        }
    };
}
pub(crate) use about;

/// Declares a document level: the keys before, the parts that have events of their own, the keys after.
/// Each field says whether it is `Content` (what people or agents said or wrote), `Structure`, or a `Time`.
macro_rules! document {
    (
        $(#[$about:meta])* $name:ident,
        $(#[$patch_about:meta])* $patch:ident,
        before { $($(#[$b_about:meta])* $b_field:ident: $b_type:ty = $b_key:literal $b_class:ident,)* }
        apart { $($(#[$p_about:meta])* $p_field:ident: $p_type:ty = $p_key:literal $p_class:ident,)* }
        after { $($(#[$a_about:meta])* $a_field:ident: $a_type:ty = $a_key:literal $a_class:ident,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the fields are the keys of the legacy document")]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$b_about])* pub $b_field: $b_type,)*
            $($(#[$p_about])* pub $p_field: $p_type,)*
            $($(#[$a_about])* pub $a_field: $a_type,)*
            /// The keys that this release does not know, in the order they came.
            pub extra: $crate::Extra,
        }

        impl $name {
            /// The known keys, in the order they are written.
            pub const KEYS: &'static [&'static str] = &[$($b_key,)* $($p_key,)* $($a_key,)*];
        }

        impl $crate::Document for $name {
            const LEVEL: $crate::Level = $crate::Level::$name;

            fn blank() -> Self {
                use $crate::model::value::Slot;
                Self {
                    $($b_field: <$b_type as Slot>::blank(),)*
                    $($p_field: <$p_type as Slot>::blank(),)*
                    $($a_field: <$a_type as Slot>::blank(),)*
                    extra: $crate::Extra::default(),
                }
            }

            fn value(&self, field: $crate::Field) -> Option<$crate::Value<'_>> {
                use $crate::model::value::Slot;
                match field {
                    $(fields::$b_field => Some(self.$b_field.value()),)*
                    $(fields::$p_field => Some(self.$p_field.value()),)*
                    $(fields::$a_field => Some(self.$a_field.value()),)*
                    _ => None,
                }
            }

            fn set(&mut self, field: $crate::Field, value: $crate::Value<'_>) -> bool {
                use $crate::model::value::Slot;
                match field {
                    $(fields::$b_field => self.$b_field.set(value),)*
                    $(fields::$p_field => self.$p_field.set(value),)*
                    $(fields::$a_field => self.$a_field.set(value),)*
                    _ => false,
                }
            }

            fn own(&self) -> Self {
                use $crate::model::value::Slot;
                Self {
                    $($b_field: self.$b_field.clone(),)*
                    $($p_field: <$p_type as Slot>::blank(),)*
                    $($a_field: self.$a_field.clone(),)*
                    extra: self.extra.clone(),
                }
            }

            fn extra(&self) -> &$crate::Extra {
                &self.extra
            }

            fn extra_mut(&mut self) -> &mut $crate::Extra {
                &mut self.extra
            }
        }

        /// The fields of this level, called as Rust calls them.
        #[allow(non_upper_case_globals, missing_docs, reason = "the fields are the keys of the legacy document")]
        pub mod fields {
            use super::*;
            use $crate::model::document::about;
            use $crate::model::field::{About, Field, Level};

            #[allow(non_camel_case_types, reason = "the fields, counted")]
            enum At { $($b_field,)* $($p_field,)* $($a_field,)* }

            $(pub const $b_field: Field = Field::new(Level::$name, At::$b_field as u8);)*
            $(pub const $p_field: Field = Field::new(Level::$name, At::$p_field as u8);)*
            $(pub const $a_field: Field = Field::new(Level::$name, At::$a_field as u8);)*

            pub(crate) const FIELDS: &[Field] = &[$($b_field,)* $($p_field,)* $($a_field,)*];

            pub(crate) const ABOUT: &[About] = &[
                $(about!($b_field, $b_type, $b_key, $b_class),)*
                $(about!($p_field, $p_type, $p_key, $p_class),)*
                $(about!($a_field, $a_type, $a_key, $a_class),)*
            ];
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                use $crate::model::document::Field;
                let human = serializer.is_human_readable();
                let mut length = usize::from(!human && !self.extra.is_empty());
                $(length += usize::from(human || !self.$b_field.is_absent());)*
                $(length += usize::from(human || !self.$p_field.is_absent());)*
                $(length += usize::from(human || !self.$a_field.is_absent());)*
                if human {
                    length += self.extra.document_len();
                }
                let mut map = serializer.serialize_map(Some(length))?;
                $(if human || !self.$b_field.is_absent() { map.serialize_entry($b_key, &self.$b_field)?; })*
                $(if human || !self.$p_field.is_absent() { map.serialize_entry($p_key, &self.$p_field)?; })*
                $(if human || !self.$a_field.is_absent() { map.serialize_entry($a_key, &self.$a_field)?; })*
                if human {
                    for (key, value) in self.extra.of_document() {
                        map.serialize_entry(key, value)?;
                    }
                } else if !self.extra.is_empty() {
                    map.serialize_entry("extra", &self.extra)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader { human: bool }
                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a ", stringify!($name), " object"))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use $crate::model::document::{Field, Key, read_once};
                        $(let mut $b_field: Option<$b_type> = None;)*
                        $(let mut $p_field: Option<$p_type> = None;)*
                        $(let mut $a_field: Option<$a_type> = None;)*
                        let mut extra = $crate::Extra::default();
                        while let Some(Key(key)) = map.next_key()? {
                            match &*key {
                                $($b_key => read_once(&mut $b_field, $b_key, &mut map)?,)*
                                $($p_key => read_once(&mut $p_field, $p_key, &mut map)?,)*
                                $($a_key => read_once(&mut $a_field, $a_key, &mut map)?,)*
                                "extra" if !self.human => extra = map.next_value()?,
                                _ => extra.push(key.into_owned(), map.next_value()?),
                            }
                        }
                        Ok($name {
                            $($b_field: match $b_field {
                                Some(value) => value,
                                None => <$b_type as Field>::absent($b_key, self.human)?,
                            },)*
                            $($p_field: match $p_field {
                                Some(value) => value,
                                None => <$p_type as Field>::absent($p_key, self.human)?,
                            },)*
                            $($a_field: match $a_field {
                                Some(value) => value,
                                None => <$a_type as Field>::absent($a_key, self.human)?,
                            },)*
                            extra,
                        })
                    }
                }
                let human = deserializer.is_human_readable();
                deserializer.deserialize_map(Reader { human })
            }
        }

        $(#[$patch_about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(missing_docs, reason = "the fields are the keys of the legacy document")]
        pub struct $patch {
            $(pub $b_field: Option<$b_type>,)*
            $(pub $a_field: Option<$a_type>,)*
            /// All unknown keys, where any of them changed. How texts were spelled is said as it changed:
            /// [`Extra::after`](crate::Extra::after) says what is meant.
            pub extra: Option<$crate::Extra>,
        }

        impl $patch {
            /// Returns what leads from `old` to `new`, the parts with events of their own left aside.
            pub fn between(old: &$name, new: &$name) -> Self {
                Self {
                    $($b_field: (old.$b_field != new.$b_field).then(|| new.$b_field.clone()),)*
                    $($a_field: (old.$a_field != new.$a_field).then(|| new.$a_field.clone()),)*
                    extra: (old.extra != new.extra).then(|| new.extra.since(&old.extra)),
                }
            }

            /// Sets what the patch names, and nothing else.
            pub fn apply(&self, document: &mut $name) {
                $(if let Some(value) = &self.$b_field { document.$b_field.clone_from(value); })*
                $(if let Some(value) = &self.$a_field { document.$a_field.clone_from(value); })*
                if let Some(value) = &self.extra { document.extra = value.clone().after(&document.extra); }
            }

            /// Calls `each` with every key that the patch names, and the value that it becomes.
            pub fn each<'a>(&'a self, mut each: impl FnMut($crate::Key, $crate::Value<'a>)) {
                use $crate::{Key, Value, model::value::Slot};
                $(if let Some(value) = &self.$b_field { each(Key::Known(fields::$b_field), value.value()); })*
                $(if let Some(value) = &self.$a_field { each(Key::Known(fields::$a_field), value.value()); })*
                if let Some(extra) = &self.extra {
                    each(Key::Unknowns, Value::Extra(std::borrow::Cow::Borrowed(extra)));
                }
            }

            /// As [`each`](Self::each), with values that are the caller's.
            pub(crate) fn into_each(self, mut each: impl FnMut($crate::Key, $crate::Value<'static>)) {
                use $crate::{Key, Value, model::value::Slot};
                $(if let Some(value) = self.$b_field { each(Key::Known(fields::$b_field), value.into_value()); })*
                $(if let Some(value) = self.$a_field { each(Key::Known(fields::$a_field), value.into_value()); })*
                if let Some(extra) = self.extra {
                    each(Key::Unknowns, Value::Extra(std::borrow::Cow::Owned(extra)));
                }
            }

            /// Returns whether the patch changes nothing.
            pub fn is_empty(&self) -> bool {
                $(self.$b_field.is_none() &&)* $(self.$a_field.is_none() &&)* self.extra.is_none()
            }
        }

        impl serde::Serialize for $patch {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut length = usize::from(self.extra.is_some());
                $(length += usize::from(self.$b_field.is_some());)*
                $(length += usize::from(self.$a_field.is_some());)*
                let mut map = serializer.serialize_map(Some(length))?;
                $(if let Some(value) = &self.$b_field { map.serialize_entry($b_key, value)?; })*
                $(if let Some(value) = &self.$a_field { map.serialize_entry($a_key, value)?; })*
                if let Some(value) = &self.extra { map.serialize_entry("extra", value)?; }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $patch {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;
                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $patch;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a patch of a ", stringify!($name)))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$patch, A::Error> {
                        use $crate::model::document::{Key, read_once};
                        let mut patch = $patch::default();
                        while let Some(Key(key)) = map.next_key()? {
                            match &*key {
                                $($b_key => read_once(&mut patch.$b_field, $b_key, &mut map)?,)*
                                $($a_key => read_once(&mut patch.$a_field, $a_key, &mut map)?,)*
                                "extra" => patch.extra = Some(map.next_value()?),
                                // A newer release's key: the fold of this one has no place for it.
                                _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                            }
                        }
                        Ok(patch)
                    }
                }
                deserializer.deserialize_map(Reader)
            }
        }
    };
}
pub(crate) use document;
