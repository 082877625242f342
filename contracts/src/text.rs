//! How texts are compared.

/// The form of a text in which case makes no difference: names and searched texts are compared in it, everywhere.
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    // By way of upper case, so that letters with several lower-case forms (s and ſ, σ and ς) become one.
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}
