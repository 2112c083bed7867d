//! Names that a feature brings, where it is off: to use one is an error that says which feature.
//!
//! A type is one that cannot be computed; a function and a method have a bound that never holds, with `for<'a>`,
//! because the compiler refuses a bound that it sees to be wrong where it is written.

/// What has no feature.
#[doc(hidden)]
#[derive(Debug)]
pub struct Off;

macro_rules! absent {
    ($trait:ident $feature:literal $message:literal $($rest:tt)*) => {
        #[doc(hidden)]
        #[diagnostic::on_unimplemented(message = $message, label = "a feature is off")]
        pub trait $trait {
            type Item;
            fn item() -> Self::Item;
        }

        absent! { @items $trait $feature $($rest)* }
    };
    (@items $trait:ident $feature:literal) => {};
    (@items $trait:ident $feature:literal type $name:ident $(<$($generic:ident),+>)?; $($rest:tt)*) => {
        #[doc(hidden)]
        #[cfg(not(feature = $feature))]
        pub type $name $(<$($generic),+>)? = <(Off, $($($generic),+)?) as $trait>::Item;

        absent! { @items $trait $feature $($rest)* }
    };
    (@items $trait:ident $feature:literal fn $name:ident $(<$($generic:ident),+>)? ($($argument:ident),*); $($rest:tt)*) => {
        #[doc(hidden)]
        #[cfg(not(feature = $feature))]
        pub fn $name $(<$($generic),+>)? ($($argument: impl Sized),*) -> <&'static Off as $trait>::Item
        where
            for<'a> &'a Off: $trait,
        {
            $(let _ = $argument;)*
            <&Off>::item()
        }

        absent! { @items $trait $feature $($rest)* }
    };
    (
        @items $trait:ident $feature:literal
        $(#[$cfg:meta])? impl [$($generics:tt)*] $type:ty { $($name:ident($($argument:ident),*);)+ } $($rest:tt)*
    ) => {
        $(#[$cfg])?
        #[cfg(not(feature = $feature))]
        impl<$($generics)*> $type {
            $(absent! { @method $trait $name($($argument),*) })+
        }

        absent! { @items $trait $feature $($rest)* }
    };
    (@method $trait:ident $name:ident(this $(, $argument:ident)*)) => {
        #[doc(hidden)]
        pub fn $name(&self, $($argument: impl Sized),*) -> Result<&'static str, core::fmt::Error>
        where
            for<'a> &'a Off: $trait,
        {
            $(let _ = $argument;)*
            Ok("")
        }
    };
    (@method $trait:ident $name:ident($($argument:ident),*)) => {
        #[doc(hidden)]
        pub fn $name($($argument: impl Sized),*) -> <&'static Off as $trait>::Item
        where
            for<'a> &'a Off: $trait,
        {
            $(let _ = $argument;)*
            <&Off>::item()
        }
    };
}

absent! {
    NeedsAlloc "alloc" "this needs the feature `alloc` of typenet, which `std` brings"
    type Dataset<X, Y>;
    type Trainer<N, X, Y, L, O>;
    fn initialized<N>(seed);
}
absent! {
    NeedsCsv "csv" "this needs the feature `csv` of typenet"
    type Columns;
    type Csv;
    type Missing;
    type CsvLogger;
    #[cfg(feature = "alloc")]
    impl [X, Y] crate::data::Dataset<X, Y> {
        from_csv(path, inputs, targets);
        from_csv_reader(reader, name, inputs, targets);
    }
    #[cfg(feature = "alloc")]
    impl [] crate::train::history::History {
        write_csv(this, path);
        write_csv_to(this, writer);
    }
}
absent! {
    NeedsNpy "npy" "this needs the feature `npy` of typenet"
    fn read_npy<X>(path);
    fn read_npz<X>(path, array);
    fn read_npz_within<X>(path, array, limit);
    #[cfg(feature = "alloc")]
    impl [X, Y] crate::data::Dataset<X, Y> {
        from_npy(inputs, targets);
        from_npz(path, inputs, targets);
    }
}
absent! {
    NeedsIdx "idx" "this needs the feature `idx` of typenet"
    fn read_idx<X>(path);
    fn read_idx_within<X>(path, limit);
    #[cfg(feature = "alloc")]
    impl [X, Y] crate::data::Dataset<X, Y> { from_idx(inputs, targets); }
}
absent! {
    NeedsImage "image" "this needs the feature `image` of typenet"
    type Images;
    fn read_image(path);
    #[cfg(feature = "alloc")]
    impl [X, Y] crate::data::Dataset<X, Y> { from_image_folder(path); }
}
absent! {
    NeedsSafetensors "safetensors" "this needs the feature `safetensors` of typenet"
    type TensorFile;
    type Names;
    type TensorError;
}
absent! {
    NeedsJson "json" "this needs the feature `json` of typenet"
    type JsonLinesLogger;
}
absent! {
    NeedsCheckpoint "checkpoint" "this needs the feature `checkpoint` of typenet"
    type Checkpoint;
    type CheckpointError;
    type CheckpointProblem;
    #[cfg(feature = "alloc")]
    impl [N: crate::network::Layer<X>, X: crate::network::Sample, Y: crate::network::Sample, L, O: crate::optimizers::Optimizer] crate::train::Trainer<N, X, Y, L, O> {
        checkpoint(this, checkpoint);
        save_checkpoint(this, path);
        resume(this, path);
    }
}
absent! {
    NeedsTracing "tracing" "this needs the feature `tracing` of typenet"
    type Trace;
}
absent! {
    NeedsProgress "progress" "this needs the feature `progress` of typenet"
    type Bar;
}
absent! {
    NeedsPlot "plot" "this needs the feature `plot` of typenet"
    type LineChart;
    type Histograms;
    type PlotError;
    fn plot_roc(path, outputs, targets);
    fn plot_precision_recall(path, outputs, targets);
    #[cfg(feature = "alloc")]
    impl [] crate::train::history::History {
        plot(this, path);
        svg(this);
        text(this);
    }
    impl [N, X] crate::network::summary::Summary<N, X> {
        plot(this, path);
        svg(this);
    }
    impl [const CLASSES: usize] crate::metrics::ConfusionMatrix<CLASSES> {
        plot(this, path, labels);
        svg(this, labels);
    }
}
absent! {
    NeedsStore "store" "this needs the feature `store` of typenet"
    type Store<F, N>;
    type StoreError<E>;
}
absent! {
    NeedsWeights "weights" "this needs the feature `weights` of typenet"
    type Weights<N>;
    type WeightsError;
    type WeightsFileError;
    type Scrub<N>;
}

/// The macro of this feature.
#[doc(hidden)]
#[cfg(not(feature = "weights"))]
#[macro_export]
macro_rules! weights {
    ($($any:tt)*) => {
        compile_error!("this needs the feature `weights` of typenet: a feature is off")
    };
}

/// The macro of this feature.
#[doc(hidden)]
#[cfg(not(feature = "weights"))]
#[macro_export]
macro_rules! scrub {
    ($($any:tt)*) => {
        compile_error!("this needs the feature `weights` of typenet: a feature is off")
    };
}

/// The module of this feature.
#[doc(hidden)]
#[cfg(not(feature = "gradcheck"))]
pub mod gradcheck {
    use super::Off;

    absent! {
        NeedsGradcheck "gradcheck" "this needs the feature `gradcheck` of typenet"
        type Check;
        fn check_layer<L, X>(check);
        fn check_network<N, X, L, Target>(check, loss, targets);
    }
}
