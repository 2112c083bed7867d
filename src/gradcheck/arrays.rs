//! The parameters of a layer as lists of numbers, and whether its walks agree.

use std::format;
use std::string::String;
use std::vec::Vec;

use super::failure::{Contract, Failure, Place, index_of};
use super::subject::{Array, Subject};
use crate::network::Role;

impl Array {
    fn describe(&self) -> String {
        format!("`{}` {:?} ({:?})", self.name, self.shape, self.role)
    }
}

/// Every array with its place in the gradient, in the order of the walk.
pub(super) fn walked(subject: &mut dyn Subject) -> Vec<Array> {
    let mut arrays = Vec::new();
    subject.walk(&mut |shown| arrays.push(shown.array()));
    arrays
}

/// The trained scalars in one list.
pub(super) fn trained(subject: &mut dyn Subject) -> Vec<f64> {
    let mut trained = Vec::new();
    subject.walk(&mut |shown| {
        if shown.tree.is_some() {
            trained.extend_from_slice(shown.values);
        }
    });
    trained
}

/// Changes each trained scalar by a function of its role and its value.
pub(super) fn map_trained(subject: &mut dyn Subject, mut f: impl FnMut(Role, f64) -> f64) {
    subject.walk(&mut |shown| {
        let role = shown.role();
        if shown.tree.is_some() {
            shown.values.iter_mut().for_each(|value| *value = f(role, *value));
        }
    });
}

/// Sets the trained scalars from one list.
pub(super) fn set_trained(subject: &mut dyn Subject, values: &[f64]) {
    let mut values = values.iter();
    map_trained(subject, |_, value| *values.next().unwrap_or(&value));
}

/// Fills the gradient from one list.
pub(super) fn set_gradient(subject: &mut dyn Subject, values: &[f64]) {
    let mut values = values.iter();
    subject.walk(&mut |shown| {
        for (place, value) in shown.tree.into_iter().flatten().zip(&mut values) {
            *place = *value;
        }
    });
}

/// The gradient in one list.
pub(super) fn gradient(subject: &mut dyn Subject) -> Vec<f64> {
    let mut gradient = Vec::new();
    subject.walk(&mut |shown| gradient.extend(shown.tree.into_iter().flatten().map(|value| *value)));
    gradient
}

/// Checks what holds whatever the values are: names, shapes, roles, counts, precision.
pub(super) fn check_walks(subject: &mut dyn Subject) -> Result<(), Failure> {
    // Values that are all different, so that a walk that shows the wrong array is seen.
    let mut number = 0.0;
    map_trained(subject, |_, _| {
        number += 1.0;
        number
    });
    let constants = subject.constants();
    let walked = walked(subject);
    let visited = subject.visit();

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
        if walked.iter().take(at).any(|other| other.name == array.name) {
            return Err(Failure::plain(Contract::Names, format!("two arrays are named `{}`", array.name)));
        }
        check_array(array, constants.epsilon)?;
    }
    let scalars = |statistic: bool| -> usize {
        walked.iter().filter(|a| (a.role == Role::Statistic) == statistic).map(|a| a.values.len()).sum()
    };
    let counts = [("COUNT", constants.count, scalars(false)), ("STATISTICS", constants.statistics, scalars(true))];
    for (name, constant, found) in counts {
        if constant != found {
            return Err(Failure::numbers(Contract::Count, Place::named(name), constant as f64, found as f64));
        }
    }
    Ok(())
}

/// Checks one array by itself, against the precision of the samples.
fn check_array(array: &Array, epsilon: f64) -> Result<(), Failure> {
    if (array.role == Role::Statistic) == array.tree.is_some() {
        let text = format!("{} is walked as the wrong kind", array.describe());
        return Err(Failure::plain(Contract::Names, text));
    }
    if array.epsilon > epsilon {
        return Err(Failure::plain(Contract::Precision, array.describe()));
    }
    let length = array.shape.iter().product::<usize>();
    for found in [Some(array.values.len()), array.tree.as_ref().map(Vec::len)].into_iter().flatten() {
        if found != length {
            return Err(Failure::numbers(Contract::Shape, Place::named(&array.name), found as f64, length as f64));
        }
    }
    Ok(())
}

/// The places of all trained scalars, a list for each array.
pub(super) fn places(arrays: &[Array]) -> Vec<Vec<Place>> {
    let trained = arrays.iter().filter(|array| array.tree.is_some());
    let place = |array: &Array, flat| Place { index: index_of(flat, &array.shape), ..Place::named(&array.name) };
    trained.map(|array| (0..array.values.len()).map(|flat| place(array, flat)).collect()).collect()
}
