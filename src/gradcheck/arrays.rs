//! The parameters of a layer as lists of numbers, and whether its walks agree.

use std::boxed::Box;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::failure::{Contract, Failure, Place};
use crate::parameters::{Entry, Parameters, Path, Role, Visitor, Walker};
use crate::scalar::Scalar;

/// One array, as a walk showed it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    pub name: String,
    pub role: Role,
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
    /// The same array in the gradient; `None` for what is not trained.
    pub tree: Option<Vec<f64>>,
    exact: bool,
}

impl Array {
    fn new<T: Scalar>(entry: &Entry<'_>, values: &[T], tree: Option<&[T]>) -> Self {
        Self {
            name: entry.to_string(),
            role: entry.role,
            shape: entry.shape.to_vec(),
            values: numbers(values),
            tree: tree.map(numbers),
            exact: T::EPSILON.to_f64() <= f64::EPSILON,
        }
    }

    fn describe(&self) -> String {
        format!("`{}` {:?} ({:?})", self.name, self.shape, self.role)
    }
}

fn numbers<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

/// Writes down every array that it is shown.
struct List(Vec<Array>);

impl Visitor for List {
    fn array<T: Scalar>(&mut self, entry: &Entry<'_>, values: &[T]) {
        self.0.push(Array::new(entry, values, None));
    }
}

impl Walker<1> for List {
    fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], [tree]: [&mut [T]; 1]) {
        self.0.push(Array::new(entry, values, Some(tree)));
    }

    fn statistic<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T]) {
        self.0.push(Array::new(entry, values, None));
    }
}

/// Every array with its place in a gradient of zeros, in the order of the walk.
pub(super) fn walked<L: Parameters>(layer: &mut L) -> Vec<Array> {
    let mut zeros: Box<L::Gradient> = bytemuck::zeroed_box();
    walked_with(layer, &mut zeros)
}

fn walked_with<L: Parameters>(layer: &mut L, gradient: &mut L::Gradient) -> Vec<Array> {
    let mut list = List(Vec::new());
    layer.walk([gradient], &Path::ROOT, &mut list);
    list.0
}

/// Every array, in the order of the visit.
fn visited<L: Parameters>(layer: &L) -> Vec<Array> {
    let mut list = List(Vec::new());
    layer.visit(&Path::ROOT, &mut list);
    list.0
}

/// The trained scalars in one list.
pub(super) fn trained<L: Parameters>(layer: &mut L) -> Vec<f64> {
    struct Read(Vec<f64>);
    impl Walker<0> for Read {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
            self.0.extend(values.iter().map(|value| value.to_f64()));
        }
    }
    let mut read = Read(Vec::new());
    layer.walk([], &Path::ROOT, &mut read);
    read.0
}

/// Changes each trained scalar by a function of its number in the walk, its role and its value.
pub(super) fn map_trained<L: Parameters>(layer: &mut L, f: impl FnMut(usize, Role, f64) -> f64) {
    struct Map<F>(F, usize);
    impl<F: FnMut(usize, Role, f64) -> f64> Walker<0> for Map<F> {
        fn parameter<T: Scalar>(&mut self, entry: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
            for value in values {
                *value = T::from_f64((self.0)(self.1, entry.role, value.to_f64()));
                self.1 += 1;
            }
        }
    }
    layer.walk([], &Path::ROOT, &mut Map(f, 0));
}

/// Sets one trained scalar, by its number in the walk.
pub(super) fn set_trained<L: Parameters>(layer: &mut L, number: usize, value: f64) {
    struct Set(Option<usize>, f64);
    impl Walker<0> for Set {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, values: &mut [T], _: [&mut [T]; 0]) {
            let Some(left) = self.0 else { return };
            match values.get_mut(left) {
                Some(place) => {
                    *place = T::from_f64(self.1);
                    self.0 = None;
                }
                None => self.0 = Some(left - values.len()),
            }
        }
    }
    layer.walk([], &Path::ROOT, &mut Set(Some(number), value));
}

/// Fills the gradient from a list.
pub(super) fn fill_gradient<L: Parameters>(layer: &mut L, gradient: &mut L::Gradient, from: &[f64]) {
    struct Fill<'a>(core::slice::Iter<'a, f64>);
    impl Walker<1> for Fill<'_> {
        fn parameter<T: Scalar>(&mut self, _: &Entry<'_>, _: &mut [T], [tree]: [&mut [T]; 1]) {
            for (place, value) in tree.iter_mut().zip(&mut self.0) {
                *place = T::from_f64(*value);
            }
        }
    }
    layer.walk([gradient], &Path::ROOT, &mut Fill(from.iter()));
}

/// The gradient in one list.
pub(super) fn read_gradient<L: Parameters>(layer: &mut L, gradient: &mut L::Gradient) -> Vec<f64> {
    walked_with(layer, gradient).into_iter().filter_map(|array| array.tree).flatten().collect()
}

/// Checks what holds whatever the values are: names, shapes, roles, counts, precision.
pub(super) fn check_walks<L: Parameters>(layer: &mut L) -> Result<(), Failure> {
    // Values that are all different, so that a walk that shows the wrong array is seen.
    map_trained(layer, |number, _, _| number as f64 + 1.0);
    let walked = walked(layer);
    let visited = visited(layer);

    for (walked, visited) in walked.iter().zip(&visited) {
        if (&walked.name, walked.role, &walked.shape) != (&visited.name, visited.role, &visited.shape) {
            let text = format!("visit shows {}, walk shows {}", visited.describe(), walked.describe());
            return Err(Failure::plain(Contract::Names, text));
        }
        if walked.values != visited.values {
            let text = format!("`{}` has other values in visit than in walk", walked.name);
            return Err(Failure::plain(Contract::Names, text));
        }
    }
    if walked.len() != visited.len() {
        let (longer, text) = if walked.len() > visited.len() { (&walked, "walk") } else { (&visited, "visit") };
        let name = longer.get(walked.len().min(visited.len())).map(Array::describe).unwrap_or_default();
        return Err(Failure::plain(Contract::Names, format!("only {text} shows {name}")));
    }
    for (at, array) in walked.iter().enumerate() {
        let place = || Place { name: array.name.clone(), ..Place::default() };
        if walked.iter().take(at).any(|other| other.name == array.name) {
            return Err(Failure::plain(Contract::Names, format!("two arrays are named `{}`", array.name)));
        }
        if (array.role == Role::Statistic) == array.tree.is_some() {
            let text = format!("{} is walked as the wrong kind", array.describe());
            return Err(Failure::plain(Contract::Names, text));
        }
        if !array.exact {
            return Err(Failure::plain(Contract::Precision, array.describe()));
        }
        let length = array.shape.iter().product::<usize>();
        for found in [Some(array.values.len()), array.tree.as_ref().map(Vec::len)].into_iter().flatten() {
            if found != length {
                return Err(Failure::numbers(Contract::Shape, place(), found as f64, length as f64));
            }
        }
    }
    let scalars = |statistic: bool| -> usize {
        walked.iter().filter(|a| (a.role == Role::Statistic) == statistic).map(|a| a.values.len()).sum()
    };
    for (name, constant, found) in [("COUNT", L::COUNT, scalars(false)), ("STATISTICS", L::STATISTICS, scalars(true))] {
        if constant != found {
            let place = Place { name: name.into(), ..Place::default() };
            return Err(Failure::numbers(Contract::Count, place, constant as f64, found as f64));
        }
    }
    Ok(())
}

/// The place of a trained scalar, by its number in the walk.
pub(super) fn place_of(arrays: &[Array], mut number: usize) -> Place {
    for array in arrays.iter().filter(|array| array.tree.is_some()) {
        if number < array.values.len() {
            let index = super::failure::index_of(number, &array.shape);
            return Place { name: array.name.clone(), index, sample: None };
        }
        number -= array.values.len();
    }
    Place { name: "parameter".into(), ..Place::default() }
}
