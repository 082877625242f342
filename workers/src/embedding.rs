//! The sentence encoder: turns a text into a vector, near those of texts that mean the same.
//!
//! all-MiniLM-L6-v2: BERT of six layers, the mean of its token vectors, scaled to length one, as its authors use it
//! (Reimers and Gurevych, "Sentence-BERT", 2019). Its weights lie in a folder outside the program.

mod shared;

use std::{
    fs,
    path::{Path, PathBuf},
};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use thiserror::Error;
use tokenizers::{Tokenizer, TruncationParams};

pub use shared::Embedder;

/// The numbers of an [`Embedding`].
pub const DIMENSIONS: usize = 384;

/// The tokens of a text that are read, the two at its ends included; the model was trained on no longer ones.
pub const MAX_TOKENS: usize = 256;

/// The tokens that the tokenizer puts around a text.
const ENDS: usize = 2;

const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";

/// A text as a point on the unit sphere. The dot product of two is the cosine of their angle.
pub type Embedding = [f32; DIMENSIONS];

/// A text as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it means as a whole.
    pub meaning: Embedding,
    /// What each token means in its place, as vectors of length one. Those at the ends, which stand for no word, are left
    /// out unless there are no others.
    pub tokens: Vec<Vec<f32>>,
}

/// Why a text has no vector.
#[derive(Debug, Error)]
pub enum EncoderError {
    /// A file of the model is not there or cannot be read.
    #[error(
        "embedding.folder: {} cannot be read. ./deploy/up fetches all-MiniLM-L6-v2 and sets the key; elsewhere, name the \
         folder that holds its {WEIGHTS} and {TOKENIZER}", path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The tokenizer's file is none, or a text cannot be divided into tokens.
    #[error("the tokenizer of the embedding model")]
    Tokenizer(#[source] tokenizers::Error),
    /// The weights are not those of the model, or the computation failed.
    #[error("the embedding model")]
    Model(#[from] candle_core::Error),
    /// The model gave another number of values than it should.
    #[error("the embedding model gave {0} numbers instead of {DIMENSIONS}")]
    Dimensions(usize),
}

/// The encoder, loaded: some 90 MB of memory. One serves any number of threads at once.
pub struct Encoder {
    tokenizer: Tokenizer,
    model: BertModel,
}

impl Encoder {
    /// Loads the model from its folder. Blocks for some tenths of a second.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        let mut tokenizer = Tokenizer::from_bytes(read(folder.join(TOKENIZER))?).map_err(EncoderError::Tokenizer)?;
        // The file asks for a fixed length, filled up with padding.
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: MAX_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(EncoderError::Tokenizer)?;
        let weights = read(folder.join(WEIGHTS))?;
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        Ok(Self { tokenizer, model: BertModel::load(weights, &configuration())? })
    }

    /// The vector of a text, of which [`MAX_TOKENS`] are read. Blocks for some milliseconds, more for a longer text.
    pub fn encode(&self, text: &str) -> Result<Embedding, EncoderError> {
        mean(&self.vectors(text)?)
    }

    /// The vector of a text and those of its tokens, as [`Encoder::encode`] reads and blocks.
    pub fn read(&self, text: &str) -> Result<Reading, EncoderError> {
        let vectors = self.vectors(text)?;
        let mut tokens = vectors.to_vec2::<f32>()?;
        if tokens.len() > ENDS {
            tokens.pop();
            tokens.remove(0);
        }
        for token in &mut tokens {
            scale(token);
        }
        Ok(Reading { meaning: mean(&vectors)?, tokens })
    }

    /// A vector for each token.
    fn vectors(&self, text: &str) -> Result<Tensor, EncoderError> {
        let tokens = self.tokenizer.encode_fast(text, true).map_err(EncoderError::Tokenizer)?;
        let ids = Tensor::new(tokens.get_ids(), &Device::Cpu)?.unsqueeze(0)?;
        Ok(self.model.forward(&ids, &ids.zeros_like()?, None)?.squeeze(0)?)
    }

    /// The number of tokens of a text, at most [`MAX_TOKENS`], the two at its ends included.
    pub fn tokens(&self, text: &str) -> Result<usize, EncoderError> {
        Ok(self.tokenizer.encode_fast(text, true).map_err(EncoderError::Tokenizer)?.len())
    }
}

fn mean(vectors: &Tensor) -> Result<Embedding, EncoderError> {
    let mut mean = vectors.mean(0)?.to_vec1::<f32>()?;
    scale(&mut mean);
    mean.try_into().map_err(|values: Vec<f32>| EncoderError::Dimensions(values.len()))
}

/// To length one.
fn scale(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    for value in vector {
        *value /= length;
    }
}

fn read(path: PathBuf) -> Result<Vec<u8>, EncoderError> {
    fs::read(&path).map_err(|source| EncoderError::Missing { path, source })
}

/// The shape of all-MiniLM-L6-v2, as its authors publish it beside the weights.
fn configuration() -> Config {
    Config {
        vocab_size: 30_522,
        hidden_size: DIMENSIONS,
        num_hidden_layers: 6,
        num_attention_heads: 12,
        intermediate_size: 1_536,
        hidden_act: HiddenAct::Gelu,
        hidden_dropout_prob: 0.1,
        max_position_embeddings: 512,
        type_vocab_size: 2,
        initializer_range: 0.02,
        layer_norm_eps: 1e-12,
        pad_token_id: 0,
        position_embedding_type: PositionEmbeddingType::Absolute,
        use_cache: true,
        classifier_dropout: None,
        model_type: None,
    }
}
