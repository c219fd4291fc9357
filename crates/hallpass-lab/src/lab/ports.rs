//! The lab's ports: the same at each start where they are free, so that clients find it again.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::error::LabError;
use crate::listen;
use crate::store::Store;
use crate::store::records::Setting;

/// A port that is listened on.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    pub(super) listener: TcpListener,
}

/// All ports.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) aws: Port,
    pub(crate) registry: Port,
    pub(crate) cluster: Port,
    pub(crate) github: Port,
    pub(crate) proxy: Port,
    pub(crate) https: Port,
}

impl Ports {
    /// Binds them all. A captive port that was asked for must be had; the others may move.
    pub(super) async fn bind(store: &Store, captive: Option<u16>) -> Result<Self, LabError> {
        Ok(Self {
            aws: remembered(store, "port-aws").await?,
            registry: remembered(store, "port-registry").await?,
            cluster: remembered(store, "port-cluster").await?,
            github: remembered(store, "port-github").await?,
            proxy: remembered(store, "port-proxy").await?,
            https: match captive {
                Some(port) => Port::of(listen::bind(port)?),
                None => remembered(store, "port-https").await?,
            },
        })
    }
}

impl Port {
    fn of((listener, address): (TcpListener, SocketAddr)) -> Self {
        Self { address, listener }
    }
}

async fn remembered(store: &Store, name: &str) -> Result<Port, LabError> {
    let last: u16 = store
        .read(|state| state.settings.get(name)?.value.parse().ok())
        .unwrap_or(0);
    let port = match listen::bind(last) {
        Ok(bound) => Port::of(bound),
        Err(_) => Port::of(listen::bind(0)?),
    };
    if port.address.port() != last {
        store
            .write::<_, LabError>(|tx| {
                tx.put(Setting {
                    name: name.to_owned(),
                    value: port.address.port().to_string(),
                });
                Ok(())
            })
            .await?;
    }
    Ok(port)
}
