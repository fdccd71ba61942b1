//! Parameters whose `Debug` prints nothing: the driver logs the parameters of each statement, which
//! may be personal data.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

/// A parameter, as passed to the driver.
pub(crate) struct Hidden<'a>(&'a (dyn ToSql + Sync));

/// Wraps the parameters of a statement.
pub(crate) fn hidden<'a>(parameters: &[&'a (dyn ToSql + Sync)]) -> impl ExactSizeIterator<Item = Hidden<'a>> {
    let parameters: Vec<Hidden<'a>> = parameters.iter().map(|parameter| Hidden(*parameter)).collect();
    parameters.into_iter()
}

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ToSql for Hidden<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql_checked(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql_checked(ty, out)
    }
}
