//! Models with quantized weights over hashed features and the meaning of a text, and their file.
//!
//! File, all integers little-endian: magic `DWLM`, format (u16), version string, number of heads (u8), the heads, and
//! the 64-bit FNV-1a checksum of all before it. A head: name, bias (i64), threshold (i64), then per feature group the
//! table's bits (u8), its scale (u32) and 2^bits weights (i8); then, for the numbers of the meaning and for their products,
//! how many weights there are (u32, none or one for each), their scale (u32) and the weights (i8). Strings are a length (u8)
//! and UTF-8.

use thiserror::Error;

use super::features::{Features, GROUPS};
use super::meaning::{FINE, PRODUCTS};
use crate::embedding::DIMENSIONS;

const MAGIC: &[u8; 4] = b"DWLM";
const FORMAT: u16 = 2;
const MAX_BITS: u8 = 20;

/// A score of one: what separates a margin of the training from the decision boundary.
pub(crate) const ONE: i64 = 1 << 16;

/// Why a model file can't be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ModelError {
    /// It doesn't begin with the magic number.
    #[error("not a model file")]
    NotAModel,
    /// It was written in a format that this build can't read.
    #[error("model format {0} is unknown")]
    UnknownFormat(u16),
    /// It ends too early, goes on too long or holds a value out of range.
    #[error("the model file is damaged: {0}")]
    Damaged(&'static str),
    /// It is sound but lacks a head which the classifier needs.
    #[error("the model has no head '{0}'")]
    MissingHead(String),
}

/// One weight table, for one feature group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// The table has 2^bits weights; the upper bits of a feature's hash select one.
    pub(crate) bits: u8,
    /// What a weight of one adds to the score, in units of 2^-16.
    pub(crate) scale: u32,
    /// The weights.
    pub(crate) weights: Vec<i8>,
}

/// Weights of the numbers of a meaning, or of their products; none, if the head has no use for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dense {
    /// What a weight of one adds to the score for a number of one, in units of 2^-32.
    pub(crate) scale: u32,
    /// The weights.
    pub(crate) weights: Vec<i8>,
}

impl Dense {
    fn score(&self, values: impl Iterator<Item = i64>, unit: i64) -> i64 {
        let sum: i64 = self.weights.iter().zip(values).map(|(weight, value)| i64::from(*weight) * value).sum();
        scaled(sum, self.scale, unit)
    }
}

/// A sum of weighted values as a part of a score, in units of 2^-32.
fn scaled(sum: i64, scale: u32, unit: i64) -> i64 {
    let scaled = i128::from(sum) * i128::from(scale) / i128::from(unit);
    i64::try_from(scaled).unwrap_or(if scaled < 0 { i64::MIN / 8 } else { i64::MAX / 8 })
}

/// One decision: a weight table per feature group, the weights of the meaning, a bias and the score at which it says yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: String,
    pub(crate) bias: i64,
    pub(crate) threshold: i64,
    pub(crate) tables: [Table; GROUPS],
    pub(crate) numbers: Dense,
    pub(crate) products: Dense,
}

impl Head {
    /// The signed distance from the boundary that the training drew, in units of [`ONE`].
    pub(crate) fn score(&self, features: &Features) -> i64 {
        let groups = self.tables.iter().enumerate().map(|(group, table)| {
            let sum: i64 = features
                .group(group)
                .iter()
                .filter_map(|(hash, value)| Some(i64::from(*table.weights.get(slot(*hash, table.bits))?) * value))
                .sum();
            scaled(sum, table.scale, features.norm(group))
        });
        let meaning = features.meaning().map_or(0, |meaning| {
            self.numbers.score(meaning.values(), FINE) + self.products.score(meaning.products(), FINE * FINE)
        });
        self.bias.saturating_add((groups.sum::<i64>() + meaning) >> 16)
    }
}

/// The table entry of a hash.
pub(crate) fn slot(hash: u32, bits: u8) -> usize {
    usize::try_from(hash >> (32 - u32::from(bits))).unwrap_or(usize::MAX)
}

/// A versioned set of heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinearModel {
    pub(crate) version: String,
    pub(crate) heads: Vec<Head>,
}

impl LinearModel {
    /// Takes the head of that name out of the model.
    pub(crate) fn take(&mut self, name: &str) -> Result<Head, ModelError> {
        let position = self.heads.iter().position(|head| head.name == name);
        position.map(|at| self.heads.remove(at)).ok_or_else(|| ModelError::MissingHead(name.to_owned()))
    }

    /// The bytes of the model's file.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, ModelError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        put_string(&mut bytes, &self.version)?;
        bytes.push(u8::try_from(self.heads.len()).map_err(|_| ModelError::Damaged("too many heads"))?);
        for head in &self.heads {
            put_string(&mut bytes, &head.name)?;
            bytes.extend(head.bias.to_le_bytes());
            bytes.extend(head.threshold.to_le_bytes());
            for table in &head.tables {
                bytes.push(table.bits);
                bytes.extend(table.scale.to_le_bytes());
                bytes.extend(table.weights.iter().flat_map(|weight| weight.to_le_bytes()));
            }
            for dense in [&head.numbers, &head.products] {
                let count = u32::try_from(dense.weights.len()).map_err(|_| ModelError::Damaged("too many weights"))?;
                bytes.extend(count.to_le_bytes());
                bytes.extend(dense.scale.to_le_bytes());
                bytes.extend(dense.weights.iter().flat_map(|weight| weight.to_le_bytes()));
            }
        }
        bytes.extend(checksum(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads and checks a model file.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut body = Reader(bytes);
        if &body.array::<4>().map_err(|_| ModelError::NotAModel)? != MAGIC {
            return Err(ModelError::NotAModel);
        }
        let format = u16::from_le_bytes(body.array()?);
        if format != FORMAT {
            return Err(ModelError::UnknownFormat(format));
        }
        let (content, sum) = bytes.split_last_chunk::<8>().ok_or(ModelError::Damaged("too short"))?;
        if checksum(content) != u64::from_le_bytes(*sum) {
            return Err(ModelError::Damaged("checksum"));
        }
        let version = body.string()?;
        let heads = (0..body.byte()?).map(|_| body.head()).collect::<Result<Vec<_>, _>>()?;
        if body.0.len() != sum.len() {
            return Err(ModelError::Damaged("length"));
        }
        Ok(Self { version, heads })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Result<&[u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelError::Damaged("too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| ModelError::Damaged("too short"))
    }

    fn byte(&mut self) -> Result<u8, ModelError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn string(&mut self) -> Result<String, ModelError> {
        let length = usize::from(self.byte()?);
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| ModelError::Damaged("a name is not UTF-8"))
    }

    fn head(&mut self) -> Result<Head, ModelError> {
        Ok(Head {
            name: self.string()?,
            bias: i64::from_le_bytes(self.array()?),
            threshold: i64::from_le_bytes(self.array()?),
            tables: [self.table()?, self.table()?, self.table()?],
            numbers: self.dense(DIMENSIONS)?,
            products: self.dense(PRODUCTS)?,
        })
    }

    fn table(&mut self) -> Result<Table, ModelError> {
        let bits = self.byte()?;
        if !(1..=MAX_BITS).contains(&bits) {
            return Err(ModelError::Damaged("table size"));
        }
        let scale = u32::from_le_bytes(self.array()?);
        Ok(Table { bits, scale, weights: self.weights(1 << bits)? })
    }

    fn dense(&mut self, full: usize) -> Result<Dense, ModelError> {
        let count = usize::try_from(u32::from_le_bytes(self.array()?)).unwrap_or(usize::MAX);
        if ![0, full].contains(&count) {
            return Err(ModelError::Damaged("number of weights"));
        }
        let scale = u32::from_le_bytes(self.array()?);
        Ok(Dense { scale, weights: self.weights(count)? })
    }

    fn weights(&mut self, count: usize) -> Result<Vec<i8>, ModelError> {
        Ok(self.take(count)?.iter().map(|byte| i8::from_le_bytes([*byte])).collect())
    }
}

fn put_string(bytes: &mut Vec<u8>, text: &str) -> Result<(), ModelError> {
    bytes.push(u8::try_from(text.len()).map_err(|_| ModelError::Damaged("a name is too long"))?);
    bytes.extend(text.as_bytes());
    Ok(())
}

fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |state: u64, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::super::concepts::Concepts;
    use super::{DIMENSIONS, Dense, Features, Head, LinearModel, ModelError, Table};

    fn model() -> LinearModel {
        let table = Table { bits: 4, scale: 700, weights: (-8..8).collect() };
        let head = Head {
            name: "yes".to_owned(),
            bias: -5,
            threshold: 9,
            tables: [table.clone(), table.clone(), Table { bits: 2, scale: 3, weights: vec![1, -128, 127, 0] }],
            numbers: Dense { scale: 5, weights: vec![-7; DIMENSIONS] },
            products: Dense { scale: 0, weights: Vec::new() },
        };
        LinearModel { version: "test-1".to_owned(), heads: vec![head] }
    }

    #[test]
    fn a_model_survives_its_file() {
        let bytes = model().encode().unwrap();
        assert_eq!(LinearModel::decode(&bytes), Ok(model()));
    }

    #[test]
    fn a_damaged_file_is_refused_and_never_panics() {
        let bytes = model().encode().unwrap();
        for length in 0..bytes.len() {
            assert!(LinearModel::decode(&bytes[..length]).is_err(), "cut at {length}");
        }
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 0x40;
            assert!(LinearModel::decode(&changed).is_err(), "changed at {position}");
        }
        assert_eq!(LinearModel::decode(b"PK\x03\x04"), Err(ModelError::NotAModel));
        let mut newer = bytes;
        newer[4] = 3;
        assert_eq!(LinearModel::decode(&newer), Err(ModelError::UnknownFormat(3)));
    }

    #[test]
    fn a_score_is_the_bias_plus_the_scaled_mean_of_the_weights() {
        let mut model = model();
        for table in &mut model.heads[0].tables {
            *table = Table { bits: 1, scale: 1 << 16, weights: vec![3, 3] };
        }
        let features = Features::of("a", "", 1, &Concepts::routing());
        // One word; two 2-grams and one 3-gram, each of length 1/sqrt(3); no class.
        assert_eq!(model.heads[0].score(&features), -5 + 3 + 5);
        let mut vector = [0.0; DIMENSIONS];
        vector[3] = 1.0;
        model.heads[0].numbers.scale = 1 << 16;
        assert_eq!(model.heads[0].score(&features.with_meaning(&vector)), -5 + 3 + 5 - 7);
    }
}
