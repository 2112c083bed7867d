//! Nothing: the examples are programs.
#![no_std]
