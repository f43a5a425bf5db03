//! HTTP as every vendor center speaks it.
