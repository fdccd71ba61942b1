//! Rendering of the rows after a place in an order.

use super::{Bound, KeyValue, ListQuery, Order, OrderBy, Place, Statement};

impl ListQuery {
    /// Renders the condition for rows after a place. Only the first key gives the index its range;
    /// the other keys order rows with equal first keys.
    pub(super) fn after(&self, statement: &mut Statement, place: &Place) {
        let order = self.order_of();
        if let Some((Order { by: OrderBy::Column(column), descending }, value)) =
            order.first().zip(place.keys.first())
            && *value != KeyValue::Null
            && (!descending || self.table.never_null.contains(&column.name))
        {
            statement.push(" AND ");
            self.value(statement, *column);
            statement.push(if *descending { " <= " } else { " >= " });
            statement.bind(Bound::from(value));
        }
        statement.push(" AND ");
        for (order, value) in order.iter().zip(&place.keys) {
            statement.push("(");
            self.beyond(statement, order, value);
            statement.push(" OR ");
            self.key(statement, order);
            self.same(statement, value);
            statement.push(" AND ");
        }
        statement.push(if self.latest_first() { "seq < " } else { "seq > " });
        statement.bind(Bound::Integer(place.seq));
        statement.push(&")".repeat(place.keys.len().min(order.len())));
    }

    fn key(&self, statement: &mut Statement, order: &Order) {
        // Orders by the document are compared in this program, never in SQL.
        if let OrderBy::Column(column) = order.by {
            self.value(statement, column);
        }
    }

    fn same(&self, statement: &mut Statement, value: &KeyValue) {
        if *value == KeyValue::Null {
            statement.push(" IS NULL");
        } else {
            statement.push(" = ");
            statement.bind(Bound::from(value));
        }
    }

    /// Renders the test that a key comes strictly after a value. NULL comes first, or last in
    /// descending order.
    fn beyond(&self, statement: &mut Statement, order: &Order, value: &KeyValue) {
        match (value, order.descending) {
            (KeyValue::Null, false) => {
                self.key(statement, order);
                statement.push(" IS NOT NULL");
            }
            (KeyValue::Null, true) => statement.push("FALSE"),
            (value, false) => {
                self.key(statement, order);
                statement.push(" > ");
                statement.bind(Bound::from(value));
            }
            (value, true) => {
                statement.push("coalesce(");
                self.key(statement, order);
                statement.push(" < ");
                statement.bind(Bound::from(value));
                statement.push(", TRUE)");
            }
        }
    }
}
