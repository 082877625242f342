//! How values are kept in columns.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{
    Result, Row, RowIndex, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, IntoDeserializer, value::Error as WordError},
};
use uuid::Uuid;

/// An id as its 16 bytes.
pub(super) struct Id(pub(super) Uuid);

impl ToSql for Id {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
    }
}

/// A time as text that sorts as the times do.
pub(super) struct Time(pub(super) DateTime<Utc>);

impl ToSql for Time {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.to_rfc3339_opts(SecondsFormat::Nanos, true).into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// An enumeration's value as its word on the wire.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0) {
            Ok(serde_json::Value::String(word)) => Ok(word.into()),
            Ok(other) => Err(rusqlite::Error::ToSqlConversionFailure(format!("{other} is not a word").into())),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = IntoDeserializer::<WordError>::into_deserializer(value.as_str()?);
        T::deserialize(word).map(Self).map_err(FromSqlError::other)
    }
}

/// A value as JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        match serde_json::to_string(&self.0) {
            Ok(json) => Ok(json.into()),
            Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(error.into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

/// Reads a column that holds an id.
pub(super) fn id<T: From<Uuid>>(row: &Row<'_>, column: impl RowIndex) -> Result<T> {
    row.get(column).map(|Id(id)| id.into())
}

/// Reads a column that holds an id or nothing.
pub(super) fn id_or_none<T: From<Uuid>>(row: &Row<'_>, column: impl RowIndex) -> Result<Option<T>> {
    Ok(row.get::<_, Option<Id>>(column)?.map(|Id(id)| id.into()))
}

/// Reads a column that holds a time.
pub(super) fn time(row: &Row<'_>, column: impl RowIndex) -> Result<DateTime<Utc>> {
    row.get(column).map(|Time(time)| time)
}

/// Reads a column that holds a time or nothing.
pub(super) fn time_or_none(row: &Row<'_>, column: impl RowIndex) -> Result<Option<DateTime<Utc>>> {
    Ok(row.get::<_, Option<Time>>(column)?.map(|Time(time)| time))
}

/// Reads a column that holds a word.
pub(super) fn word<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> Result<T> {
    row.get(column).map(|Word(value)| value)
}

/// Reads a column that holds a word or nothing.
pub(super) fn word_or_none<T: DeserializeOwned>(row: &Row<'_>, column: impl RowIndex) -> Result<Option<T>> {
    Ok(row.get::<_, Option<Word<T>>>(column)?.map(|Word(value)| value))
}

/// Reads a column that holds a count or a place.
pub(super) fn number(row: &Row<'_>, column: impl RowIndex) -> Result<u64> {
    row.get(column).map(|Number(number)| number)
}

struct Number(u64);

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A count or a place for a column or a comparison; beyond what a column can hold, the greatest that it can.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
