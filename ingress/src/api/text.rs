//! What text people may send.

/// One line: no control characters, and something to read.
pub(crate) fn line(value: &str, _: &()) -> garde::Result {
    if value.trim().is_empty() {
        return Err(garde::Error::new("must not be empty"));
    }
    if value.chars().any(char::is_control) {
        return Err(garde::Error::new("must not contain control characters or line breaks"));
    }
    Ok(())
}

/// Several lines: no control characters but tabs and line breaks, and something to read.
pub(crate) fn lines(value: &str, _: &()) -> garde::Result {
    if value.trim().is_empty() {
        return Err(garde::Error::new("must not be empty"));
    }
    if value.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err(garde::Error::new("must not contain control characters other than tabs and line breaks"));
    }
    Ok(())
}
