//! Tests of the attribute; see the files beside this one.
