//! Runs a workflow's job on this machine, as a runner of the lab.
