//! Notifications of rows that other servers append, so that they are read at once. A notification
//! only wakes the reader. A missed one is harmless, because every reader also polls.

use std::future;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::task::JoinHandle;
use tokio_postgres::{AsyncMessage, Error};

use crate::append::NEWS;
use crate::error::told_of;
use crate::{Address, PostgresStore};

/// Delay before reconnecting after a lost connection.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A running listener, stopped on drop.
#[derive(Debug)]
pub struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Source of notifications.
#[derive(Debug, Clone)]
pub struct News(Address);

impl PostgresStore {
    /// Returns the source of notifications for rows appended to this database by any server.
    #[must_use]
    pub fn news(&self) -> News {
        News(self.address.clone())
    }
}

impl News {
    /// Calls `tell` whenever rows may have been appended, over a connection of its own.
    #[must_use]
    pub fn listen(self, tell: impl Fn() + Send + Sync + 'static) -> Listener {
        Listener(tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&self.0, &tell).await {
                    tracing::debug!(
                        error = told_of(&error),
                        "the listener for new events failed; polling every second instead"
                    );
                }
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }))
    }
}

/// Listens until the connection ends.
async fn listen(address: &Address, tell: &(impl Fn() + Sync)) -> Result<(), Error> {
    let (client, mut connection) = address.config.connect(address.trust.connector()).await?;
    let listening = async {
        client.batch_execute(&format!("LISTEN {NEWS}")).await?;
        // Rows appended before this connection sent no notification to it.
        tell();
        future::pending::<Result<(), Error>>().await
    };
    let messages = stream::poll_fn(move |context| connection.poll_message(context));
    let told = messages.for_each(|message| {
        if let Ok(AsyncMessage::Notification(_)) = message {
            tell();
        }
        future::ready(())
    });
    let (listening, told) = (pin!(listening), pin!(told));
    match futures_util::future::select(listening, told).await {
        futures_util::future::Either::Left((ended, _)) => ended,
        futures_util::future::Either::Right(_) => Ok(()),
    }
}
