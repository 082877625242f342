//! Word classes written for this product: they let a model trained on few texts treat "strangle a colleague" like
//! "stab someone", and "the payslip page hangs" like "the leave form fails". They hold no slurs; those are learned from
//! data and exist only as hashed weights.

use std::collections::HashMap;

/// Classes for moderation: name, then the words that belong to it.
pub(super) const MODERATION: &[(&str, &str)] = &[
    (
        "group",
        "women woman girls females feminists muslims jews christians hindus sikhs buddhists atheists catholics blacks \
         gays lesbians homosexuals bisexuals transgenders immigrants migrants refugees foreigners asians africans \
         mexicans latinos latinas hispanics arabs indians pakistanis turks russians poles roma seniors pensioners \
         boomers whites natives minorities islam judaism disabled group_slot",
    ),
    (
        "group_adj",
        "muslim islamic jewish christian hindu black white brown coloured gay lesbian homosexual trans transgender \
         queer bisexual asexual asian african mexican latino hispanic arab arabic indian chinese turkish russian polish \
         disabled autistic deaf blind elderly foreign immigrant migrant homeless divorced indigenous female handicapped",
    ),
    (
        "person",
        "people person persons folk folks man men guy guys human humans someone somebody anyone anybody everyone \
         everybody kid kids child children boy boys girl lady victim crowd teacher technician agent employee employees \
         politician president minister lot kind bunch",
    ),
    (
        "relation",
        "wife husband girlfriend boyfriend ex neighbour neighbor colleague coworker boss manager supervisor roommate \
         mother father mum mom dad brother sister son daughter family friend grandma grandmother cousin babysitter \
         cleaner landlord date ex-wife ex-husband assistant trainee team",
    ),
    ("you", "you your u ur yours yourself you're you'll you've youre"),
    ("me", "i me my myself i'm i've i'd i'll im ive mine"),
    ("they", "they them their he him his she her hers himself herself themselves those these"),
    (
        "kill",
        "kill murder strangle stab shoot shot hang behead decapitate execute assassinate drown slaughter exterminate \
         annihilate eradicate lynch gas gassed smother suffocate massacre decimate slay snipe",
    ),
    (
        "hurt",
        "hurt beat punch hit attack smash burn choke slit slash rape torture kidnap harm injure kick slap bite whip \
         tackle overpower ambush hunt mutilate saw pierce cripple maim bleed suffer abuse molest hostage threaten",
    ),
    ("destroy", "blow explode explosion detonate bomb burn set destroy crush wreck sabotage arson fire ignite"),
    ("weapon", "gun knife bomb explosive acid bullet blade weapon rifle axe bat razor poison sword grenade machete"),
    ("body", "throat head skull fingers legs face neck arm arms wrists wrist thighs artery blood teeth bones nose"),
    ("die", "die dead death dying dies killed corpse grave funeral"),
    (
        "self_harm",
        "suicide suicidal overdose overdosed noose rope razor pills starve anorexia bulimia cutting cut self-harm \
         scars goodbye farewell jump",
    ),
    ("live", "live living alive life exist existence go on anymore"),
    (
        "insult",
        "idiot moron imbecile stupid dumb dumbest loser scum pathetic worthless useless cretin clown fool dimwit \
         brainless braindead retard retarded retards ugly fat incompetent failure freak scumbag liar lazy joke waste \
         trash garbage ignorant ignorance lame jerk asshole bastard twat crybaby creep",
    ),
    (
        "dehumanise",
        "vermin parasite parasites rat rats ape apes monkey monkeys pig pigs animal animals beast beasts cockroach \
         cockroaches insects dogs subhuman subhumans inferior plague disease cancer filth filthy dirty disgusting \
         repulsive gross savage savages barbaric invaders uncivilised primitive creatures leeches pest terrorists \
         criminals rapists thieves",
    ),
    ("dislike", "hate hates hated despise loathe detest dislike abhor disgust disgusts stand puke vomit"),
    (
        "praise",
        "love loves admire proud great wonderful welcome respect support celebrate awesome friends fantastic like",
    ),
    (
        "exclude",
        "ban banned bar barred deport deported deny denied expel exclude segregate forbid forbidden rights vote \
         allowed deserve deserves belong belongs back rid remove disappear exist trust hire",
    ),
    ("should", "should must ought need have let let's wish hope want would'nt gonna going will i'll"),
    (
        "negation",
        "not no never none nobody cannot can't cant don't dont doesn't doesnt didn't isn't isnt aren't arent wasn't \
         won't wont wouldn't shouldn't without nothing neither nor",
    ),
    ("profanity", "fuck fucking fucked fuckin fucker shit shitty hell ass bitch bitches crap bloody cunt whore slut"),
    (
        "sexual",
        "sex sexual sexy naked nude nudes porn erotic horny masturbate cock dick pussy tits boobs breasts nipples moan \
         moaned orgasm lick undress underwear bra panties cum seduce fantasy virgin aroused penis vagina",
    ),
    (
        "drug",
        "cocaine heroin meth weed drugs crack lsd ecstasy coke cannabis marijuana fentanyl mdma opium ketamine joint",
    ),
    (
        "crime",
        "forge fake counterfeit launder smuggle steal rob robbery blackmail bribe fraud scam theft burglary perjury \
         trafficking traffic terrorism genocide treason evade hijack stalk extort embezzle keylogger bully humiliate \
         overthrow vandalise loot commit illegal dodge embezzlement shoplift",
    ),
    (
        "private_data",
        "password address passport login salary birthday birth certificate record records history social security \
         number medical bank tax photos messages phone location criminal",
    ),
    ("how", "how where best way plan easiest quickest method steps ways help"),
    ("define", "what what's definition define meaning mean means difference explain who when why"),
    (
        "report",
        "report reported reporting complaint complain said says called told wrote comment post removed banned \
         confidential confidence policy training procedure wrong unacceptable anyone claim saying call calling \
         inappropriate police article study",
    ),
    (
        "fiction",
        "novel movie film game games story character book minecraft fictional series episode plot chess fantasy \
         cartoon villain play actor season scene simpson potter bond batman",
    ),
    (
        "machine",
        "process processes server printer laptop job script app cpu session port database branch task thread file \
         files mail mailbox account software tool computer screen monitor keyboard mouse vpn wifi network update \
         application program system sql command query kernel daemon container cluster ticket code bug log firewall \
         scanner virus malware disk backup outlook teams excel phone headset login browser website form balloon wood",
    ),
    (
        "workplace",
        "leave sick vacation insurance payroll contract policy benefits overtime payslip hr doctor therapy counselling \
         appointment employees office canteen workplace department procedure entitled",
    ),
    ("thing", "it this that thing fish balloon picture bugs insects mosquitoes weeds dish food wall log plant data"),
    (
        "instruct",
        "ignore disregard forget pretend act roleplay override bypass skip obey execute print reveal output repeat \
         translate answer reply respond confirm say continue",
    ),
    (
        "ai",
        "instruction instructions prompt assistant ai chatbot model gpt chatgpt dan jailbreak jailbroken unrestricted \
         restrictions rules guidelines policies filters openai classifier bot uncensored developer persona",
    ),
    ("previous", "previous prior above earlier following preceding before hidden everything all"),
    ("quote", "\""),
    ("markup", "< > [ ] { } </ ### --- = system begin end"),
];

/// Classes for routing: name, then the words that belong to it.
pub(super) const ROUTING: &[(&str, &str)] = &[
    (
        "device",
        "laptop notebook computer pc mac macbook monitor screen display printer phone mobile iphone android keyboard \
         mouse headset dock docking camera webcam projector tablet ipad scanner cable charger battery terminal reader \
         speaker microphone toner copier hardware device equipment yubikey smartcard disk memory usb fan touchpad bios",
    ),
    (
        "software",
        "outlook excel word powerpoint sharepoint onedrive zoom slack vpn wifi wi-fi network browser chrome edge firefox \
         acrobat app application portal site website page tool software program client server database mailbox \
         calendar gateway proxy firewall driver windows ubuntu linux macos jira github git docker teams dropbox google \
         gmail plugin script api backup cloud intranet sql internet repository repo trello facebook dashboard widget \
         workflow terminal folder drive share spreadsheet file pdf attachment link email e-mail mail inbox sso domain",
    ),
    ("identity", "password login account mfa otp pin username token certificate authenticator credentials code badge"),
    (
        "broken",
        "crash freeze frozen hang stuck error fail failed broken blank slow blocked down offline unreachable timeout \
         missing bug corrupt corrupted jam jammed flicker black lag loop loops unavailable invalid expired locked \
         disconnect drops dead undefined spinning spins reboot rebooted restart greyed grey denied lost 404 403 500 503",
    ),
    ("cannot", "can't cant cannot won't wont doesn't doesnt unable never not isn't aren't couldn't nothing no nobody"),
    (
        "operate",
        "install uninstall reset unlock enable disable restore configure connect sync download upload update upgrade \
         reinstall open load print scan click log sign start boot save export import share access delete forward set \
         install deploy whitelist recover encrypt decrypt wipe migrate synchronise",
    ),
    ("provision", "create accounts permission permissions licence license rights role admin group user users"),
    (
        "money",
        "salary pay paid payslip paycheck payday wage wages bonus allowance reimburse reimbursed reimbursement deduct \
         deducted deduction tax taxed w2 w-2 401k pension cost costs expense expenses income earn earned money raise \
         severance compensation compensated insurance deposit budget subsidy benefit benefits stipend supplement dental \
         fsa hsa retirement payroll per diem cash withheld award premium refund taxable",
    ),
    (
        "absence",
        "leave vacation holiday holidays pto sick parental maternity paternity absence days off sabbatical bereavement \
         carry-over time-off unpaid fmla sickness",
    ),
    (
        "working_time",
        "overtime hours weekend weekends shift shifts rota timesheet schedule part-time full-time flexitime telework \
         remotely break breaks night standby on-call work working worked commuting",
    ),
    (
        "rights",
        "contract notice resign resignation probation council rights entitled entitlement allowed legal law policy \
         rules complaint harassment bullying discrimination consent liable agreement dismissal warning dispute \
         accommodation permitted obliged eligible qualify permission may must procedure",
    ),
    (
        "life",
        "married marriage wedding baby born newborn pregnant died death divorce illness ill doctor wife husband child \
         children daughter son mother father parent family moved relocating disability burnout burnt stress counselor \
         counselling therapist hospital surgery accident injury hurt health medical died funeral partner",
    ),
    (
        "career",
        "apply application candidate cv resume vacancy promotion promoted review rating appraisal training course \
         certification exam reference referral job position interview career grade hire hired hiring intern interns \
         apprentice trainee conference mentor degree internship team-lead recruiter onboarding",
    ),
    ("boss", "manager boss supervisor lead director colleague coworker employee employees staff team"),
    ("question_right", "entitled allowed count counted counts covered cover covers paid pays get take keep who's"),
    ("company", "company employer firm organisation organization department hr"),
    ("question", "how what when where who whom which why"),
    ("me", "i my me i'm i've i'd mine we our us"),
];

/// A lookup from word to the classes that hold it.
#[derive(Debug)]
pub(crate) struct Concepts {
    words: HashMap<&'static str, Vec<&'static str>>,
}

impl Concepts {
    /// The classes used by the moderation model.
    pub(crate) fn moderation() -> Self {
        Self::new(MODERATION)
    }

    /// The classes used by the routing model.
    pub(crate) fn routing() -> Self {
        Self::new(ROUTING)
    }

    fn new(classes: &[(&'static str, &'static str)]) -> Self {
        let mut words: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
        for (name, members) in classes {
            for word in members.split_whitespace() {
                let names = words.entry(word).or_default();
                if !names.contains(name) {
                    names.push(name);
                }
            }
        }
        Self { words }
    }

    /// The classes of a normalised word, trying its plain form first and then without the endings of English
    /// inflection; empty for a word in no class.
    pub(crate) fn of(&self, word: &str) -> &[&'static str] {
        if let Some(names) = self.words.get(word) {
            return names;
        }
        for ending in ["'s", "s", "es", "d", "ed", "ing", "er", "r", "ers"] {
            let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() >= 3) else { continue };
            if let Some(names) = self.words.get(stem) {
                return names;
            }
            if let Some(names) = undoubled(stem).and_then(|stem| self.words.get(stem)) {
                return names;
            }
            if ending == "ing"
                && let Some(names) = self.words.get(format!("{stem}e").as_str())
            {
                return names;
            }
        }
        &[]
    }
}

/// `stabb` (of "stabbing") without its doubled last letter.
fn undoubled(stem: &str) -> Option<&str> {
    let mut ends = stem.chars().rev();
    let last = ends.next()?;
    (ends.next() == Some(last)).then(|| &stem[..stem.len() - last.len_utf8()])
}

#[cfg(test)]
mod tests {
    use super::Concepts;

    #[test]
    fn inflected_words_belong_to_the_class_of_their_stem() {
        let concepts = Concepts::moderation();
        for word in ["strangle", "strangled", "strangling", "stabbing", "murderers"] {
            assert!(concepts.of(word).contains(&"kill"), "{word}");
        }
        assert!(concepts.of("spreadsheet").is_empty());
    }
}
