-- Has a row while the rows of another database are copied here: nobody uses this one before they all are.
CREATE TABLE unfinished_copy (
    source TEXT NOT NULL,
    begun  INTEGER NOT NULL
) STRICT;
