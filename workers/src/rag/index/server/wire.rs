//! What is said to a Qdrant server, and what it says.

use std::collections::HashMap;

use contracts::ArticleId;
use qdrant_client::qdrant::{
    Condition, Filter, NamedVectors, PointId, PointStruct, Query, QueryPoints, QueryPointsBuilder, ScoredPoint, Value,
    Vector, VectorInput, point_id::PointIdOptions, value::Kind,
};
use uuid::Uuid;

use super::super::{
    Hit, IndexError, Point, Search, State, Stored, Target, Vectors,
    point::{MEANING, Mark, TOKENS, WORDS},
};

type Fields = HashMap<String, Value>;

pub(super) fn query(collection: &str, search: &Search) -> QueryPoints {
    let (vector, name) = match &search.target {
        Target::Meaning(vector) => (VectorInput::new_dense(vector.to_vec()), MEANING),
        Target::Words(words) => (VectorInput::new_sparse(words.indices.clone(), words.values.clone()), WORDS),
        Target::Tokens(tokens) => (VectorInput::new_multi(tokens.clone()), TOKENS),
    };
    let words: Vec<String> = search.audiences.iter().map(|audience| audience.as_str().to_owned()).collect();
    let named = search.among.as_ref().map(|ids| Condition::has_id(ids.iter().map(Uuid::to_string)));
    let shown = std::iter::once(Condition::matches("audience", words)).chain(named);
    QueryPointsBuilder::new(collection)
        .query(Query::new_nearest(vector))
        .using(name)
        .filter(Filter::must(shown))
        .limit(search.limit as u64)
        .with_payload(search.among.is_none())
        .build()
}

/// All of an article.
pub(super) fn about(article: ArticleId) -> Filter {
    Filter::must([Condition::matches("article_id", article.to_string())])
}

/// All of an article that is of another state.
pub(super) fn but(article: ArticleId, state: State) -> Filter {
    let state = Condition::matches("state", state.text());
    Filter { must_not: vec![state], ..about(article) }
}

pub(super) fn point(point: Point) -> PointStruct {
    let Point { id, payload, vectors: Vectors { meaning, words, tokens } } = point;
    let vectors = NamedVectors::default()
        .add_vector(MEANING, Vector::new_dense(meaning.to_vec()))
        .add_vector(WORDS, Vector::new_sparse(words.indices, words.values))
        .add_vector(TOKENS, Vector::new_multi(tokens));
    let points = i64::try_from(payload.points).unwrap_or(i64::MAX);
    let fields: [(&str, Value); 7] = [
        ("article_id", payload.article_id.to_string().into()),
        ("audience", payload.audience.as_str().into()),
        ("state", payload.state.text().into()),
        ("points", points.into()),
        ("title", payload.title.into()),
        ("heading", payload.heading.into()),
        ("text", payload.text.into()),
    ];
    PointStruct::new(id.to_string(), vectors, HashMap::from(fields))
}

pub(super) fn hit(point: &ScoredPoint) -> Result<Hit, IndexError> {
    let id = point.id.as_ref().and_then(uuid_of).ok_or_else(|| IndexError::Foreign(format!("{:?}", point.id)))?;
    let passage = (!point.payload.is_empty()).then(|| stored(&point.payload)).transpose()?;
    Ok(Hit { id, score: point.score, passage })
}

pub(super) fn mark(fields: &Fields) -> Result<Mark, IndexError> {
    let points = match fields.get("points").and_then(|value| value.kind.as_ref()) {
        Some(Kind::IntegerValue(points)) => usize::try_from(*points).ok(),
        _ => None,
    };
    Ok(Mark {
        article_id: parsed(fields, "article_id")?,
        state: State::from(parsed::<Uuid>(fields, "state")?),
        points: points.ok_or_else(|| foreign("points"))?,
    })
}

fn stored(fields: &Fields) -> Result<Stored, IndexError> {
    Ok(Stored {
        article_id: parsed(fields, "article_id")?,
        title: text(fields, "title")?.to_owned(),
        heading: text(fields, "heading")?.to_owned(),
        text: text(fields, "text")?.to_owned(),
    })
}

fn text<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, IndexError> {
    match fields.get(name).and_then(|value| value.kind.as_ref()) {
        Some(Kind::StringValue(text)) => Ok(text),
        _ => Err(foreign(name)),
    }
}

fn parsed<T: std::str::FromStr>(fields: &Fields, name: &'static str) -> Result<T, IndexError> {
    text(fields, name)?.parse().map_err(|_| foreign(name))
}

fn foreign(field: &str) -> IndexError {
    IndexError::Foreign(format!("its {field} is not the desk's"))
}

fn uuid_of(id: &PointId) -> Option<Uuid> {
    match id.point_id_options.as_ref()? {
        PointIdOptions::Uuid(id) => id.parse().ok(),
        PointIdOptions::Num(_) => None,
    }
}
