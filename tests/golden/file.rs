//! Reading a golden file such that nothing in it can be overlooked.

use serde_json::{Map, Value};

/// An object of a golden file. Every key must be taken before it is dropped.
pub struct Object {
    name: String,
    left: Map<String, Value>,
}

impl Object {
    /// A whole file.
    pub fn open(text: &str) -> Self {
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}"));
        let mut object = Self::read(value, "");
        let made_by: String = object.take("made by");
        assert!(made_by.starts_with("torch ") && made_by.contains("keras "), "{made_by}");
        object
    }

    /// The value of a key.
    pub fn take<V: Read>(&mut self, key: &str) -> V {
        self.find(key).unwrap_or_else(|| panic!("{}: there is no key {key:?}", self.name))
    }

    /// The value of a key that may be missing.
    pub fn find<V: Read>(&mut self, key: &str) -> Option<V> {
        let value = self.left.remove(key)?;
        Some(V::read(value, &format!("{}/{key}", self.name)))
    }

    /// Compares nothing of what is left.
    pub fn leave_out(&mut self) {
        self.left.clear();
    }

    /// All keys that are left, with their values.
    pub fn entries<V: Read>(mut self) -> Vec<(String, V)> {
        let entries = std::mem::take(&mut self.left).into_iter();
        entries.map(|(key, value)| (key.clone(), V::read(value, &format!("{}/{key}", self.name)))).collect()
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        let left: Vec<&String> = self.left.keys().collect();
        assert!(left.is_empty() || std::thread::panicking(), "{}: nothing compares {left:?}", self.name);
    }
}

/// What can be read from a golden file.
pub trait Read: Sized {
    /// Reads a value; the name is for messages.
    fn read(value: Value, name: &str) -> Self;
}

impl Read for Object {
    fn read(value: Value, name: &str) -> Self {
        match value {
            Value::Object(left) => Self { name: name.to_string(), left },
            _ => panic!("{name}: not an object: {value}"),
        }
    }
}

impl<V: Read> Read for Vec<V> {
    fn read(value: Value, name: &str) -> Self {
        match value {
            Value::Array(values) => values
                .into_iter()
                .enumerate()
                .map(|(index, value)| V::read(value, &format!("{name}/{index}")))
                .collect(),
            _ => panic!("{name}: not an array: {value}"),
        }
    }
}

impl<V: Read, const N: usize> Read for [V; N] {
    fn read(value: Value, name: &str) -> Self {
        let values = Vec::read(value, name);
        let length = values.len();
        values.try_into().unwrap_or_else(|_| panic!("{name}: {length} elements, not {N}"))
    }
}

macro_rules! read {
    ($($kind:ty: $value:ident => $read:expr),+ $(,)?) => {$(
        impl Read for $kind {
            fn read($value: Value, name: &str) -> Self {
                $read.unwrap_or_else(|| panic!("{name}: not a {}: {}", stringify!($kind), $value))
            }
        }
    )+};
}

read! {
    f64: value => value.as_f64(),
    // All inputs are numbers that `f32` holds.
    f32: value => value.as_f64().map(|number| number as f32).filter(|number| value.as_f64() == Some((*number).into())),
    usize: value => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    bool: value => value.as_bool(),
    String: value => value.as_str().map(str::to_string),
}

#[test]
fn everything_is_taken_once() {
    let mut object = example();
    assert_eq!(object.take::<[[f64; 2]; 2]>("a"), [[1.0, 2.1], [3.0, 4.0]]);
    assert_eq!(object.find::<f64>("z"), None);
    assert_eq!(object.take::<Object>("b").entries::<bool>(), [("c".to_string(), true)]);
}

#[test]
fn what_is_overlooked_or_wrong_fails() {
    let message = |read: fn(&mut Object)| {
        let error = std::panic::catch_unwind(|| read(&mut example())).err();
        error.and_then(|error| error.downcast::<String>().ok()).map_or_else(String::new, |text| *text)
    };
    assert_eq!(message(|_| ()), r#": nothing compares ["a", "b"]"#);
    assert_eq!(message(|object| object.leave_out()), "");
    assert_eq!(message(|object| take::<Object>(object, "b")), r#"/b: nothing compares ["c"]"#);
    assert_eq!(message(|object| take::<f64>(object, "z")), r#": there is no key "z""#);
    assert_eq!(message(|object| take::<[f64; 2]>(object, "a")), "/a/0: not a f64: [1,2.1]");
    assert_eq!(message(|object| take::<[[f32; 2]; 2]>(object, "a")), "/a/0/1: not a f32: 2.1");
    assert_eq!(message(|object| take::<[[f64; 3]; 2]>(object, "a")), "/a/0: 2 elements, not 3");
    assert_eq!(message(|object| take::<Object>(object, "a")), "/a: not an object: [[1,2.1],[3,4]]");
}

fn take<V: Read>(object: &mut Object, key: &str) {
    let _: V = object.take(key);
}

fn example() -> Object {
    Object::open(r#"{"made by": "torch 2 / keras 3", "a": [[1, 2.1], [3, 4]], "b": {"c": true}}"#)
}
