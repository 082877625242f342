//! The bot: asking it, judging its answers, and articles while a title is typed.

mod ask;
mod feedback;
mod suggest;

pub(crate) use ask::{__path_ask_bot, ask_bot};
pub(crate) use feedback::{__path_judge_answer, judge_answer};
pub(crate) use suggest::{__path_suggest_articles, suggest_articles};
