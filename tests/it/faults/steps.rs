//! One world with a change of nearly every kind, and every place to die on the way: each append to the journal (before
//! it, in the middle of it, after it), each write, and each request of a write (before and after the center saw it).
