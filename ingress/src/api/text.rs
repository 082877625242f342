//! What text people may send.

/// One line: something to read, and neither control characters nor line breaks.
pub(crate) fn line<C>(value: &str, _: &C) -> garde::Result {
    if is_blank(value) {
        return Err(garde::Error::new("must not be empty"));
    }
    if value.chars().any(|character| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')) {
        return Err(garde::Error::new("must not contain control characters or line breaks"));
    }
    Ok(())
}

/// Several lines: something to read, and no control characters but tabs and line breaks.
pub(crate) fn lines<C>(value: &str, _: &C) -> garde::Result {
    if is_blank(value) {
        return Err(garde::Error::new("must not be empty"));
    }
    if value.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err(garde::Error::new("must not contain control characters other than tabs and line breaks"));
    }
    Ok(())
}

/// Whether there is nothing to see: white space, and characters without a width.
fn is_blank(value: &str) -> bool {
    let without_width =
        |character| matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    value.chars().all(|character| character.is_whitespace() || without_width(character))
}
