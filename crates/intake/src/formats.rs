//! One reader a format. Each gives [rows](crate::row::Row) one by one and says what is wrong with them.

pub(crate) mod csv;
pub(crate) mod geojson;
mod json_stream;
pub(crate) mod table;
