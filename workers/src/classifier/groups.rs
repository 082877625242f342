//! Fills the group templates of the product's own texts: everything hateful is also said kindly of the same groups, so
//! that the name of a group is no sign of harm.

/// What stands for `{group}`, and for `{member}`.
const GROUPS: [(&str, &str); 16] = [
    ("women", "woman"),
    ("muslims", "muslim"),
    ("jews", "jew"),
    ("black people", "black person"),
    ("gay people", "gay man"),
    ("immigrants", "migrant"),
    ("disabled people", "disabled person"),
    ("trans people", "trans person"),
    ("refugees", "refugee"),
    ("christians", "christian"),
    ("foreigners", "foreigner"),
    ("lesbians", "lesbian"),
    ("asians", "japanese"),
    ("old people", "pensioner"),
    ("mexicans", "mexican"),
    ("arabs", "turk"),
];

/// How many of the groups each template is filled with, and the weight of each filling.
const FILLINGS: usize = 5;
const FILLING_WEIGHT: f64 = 0.75;

/// The texts that the text at this place of the data stands for, itself if it is no template, and the weight of each.
pub(crate) fn fillings(text: &str, at: usize) -> (Vec<String>, f64) {
    if !text.contains("{group}") && !text.contains("{member}") {
        return (vec![text.to_owned()], 1.0);
    }
    let groups = (0..FILLINGS).map(|filling| GROUPS[(at * 5 + filling * 7) % GROUPS.len()]);
    let filled = groups.map(|(group, member)| text.replace("{group}", group).replace("{member}", member));
    (filled.collect(), FILLING_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::{FILLINGS, fillings};

    #[test]
    fn a_template_is_filled_with_different_groups_and_other_texts_stay_as_they_are() {
        let (mut texts, weight) = fillings("A {member} is here, so {group} are.", 3);
        texts.sort();
        texts.dedup();
        assert_eq!((texts.len(), weight < 1.0), (FILLINGS, true));
        assert!(texts.iter().all(|text| !text.contains(['{', '}'])), "{texts:?}");
        assert_eq!(fillings("The printer jams.", 3), (vec!["The printer jams.".to_owned()], 1.0));
    }
}
