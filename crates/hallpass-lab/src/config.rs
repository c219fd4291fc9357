//! What a lab is asked to be.

use std::path::PathBuf;

use hallpass_types::{AccountId, Partition, Region};

use crate::faults::FaultWish;

/// How to start a lab. What is absent is taken from the folder's lab, or else by default.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds all of the lab's state.
    pub folder: PathBuf,
    /// The account; by default `111122223333`, which AWS's own documentation uses in examples.
    pub account: Option<AccountId>,
    /// The region; by default the partition's usual one.
    pub region: Option<Region>,
    /// The partition; by default told by the region, or `aws`.
    pub partition: Option<Partition>,
    /// PEM file of certificate authorities that the lab's STS trusts besides its own when it
    /// fetches an issuer's keys.
    pub trust_ca: Option<PathBuf>,
    /// The port of the captive HTTPS listener; clients that are redirected by a hosts entry need
    /// 443. By default any free port.
    pub captive_port: Option<u16>,
    /// Faults that are in force from the start.
    pub faults: Vec<FaultWish>,
    /// What the calls that a fault with a rate hits are drawn from.
    pub fault_seed: u64,
}

impl Config {
    /// A lab in `folder`, all else by default.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            account: None,
            region: None,
            partition: None,
            trust_ca: None,
            captive_port: None,
            faults: Vec::new(),
            fault_seed: 0,
        }
    }
}
