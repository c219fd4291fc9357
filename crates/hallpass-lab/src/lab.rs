//! Starting and stopping a lab: state, ports, servers.

mod bootstrap;
mod ports;
mod running;

pub(crate) use bootstrap::ADMINISTRATOR_KEY;
pub(crate) use ports::Ports;
pub use running::Lab;
