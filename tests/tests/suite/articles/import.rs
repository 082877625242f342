//! `deskwire-workers import FOLDER`.

use std::{fs, path::Path};

use tests::{Desk, Part};

use super::titles;
use crate::operation::run;

async fn import(desk: &Desk, arguments: &[&str], folder: &Path) -> (bool, String) {
    let mut command = desk.command(Part::Workers(0));
    command.arg("import").args(arguments).arg(folder);
    run(command).await
}

#[tokio::test]
async fn a_folder_is_brought_in_and_again_only_what_differs() {
    let desk = Desk::start().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let head = "---\ntitle: \"VPN: connect\"\naudience: everyone\ntags: [vpn, \"at home\"]\n---\n";
    write("vpn.md", &format!("{head}\nPress **Connect**.\n"));
    write(
        "more.jsonl",
        "{\"title\": \"One\", \"body\": \"x\", \"audience\": \"it\", \"tags\": []}\n\n{\"id\": \"two\", \"title\": \"Two\", \"body\": \"x\", \"audience\": \"hr\", \"published\": false}\n",
    );
    write("notes.txt", "none of ours");
    let (well, said) = import(&desk, &[], folder.path()).await;
    assert!(well && said.contains("New: 3. Changed: 0. Unchanged: 0."), "{said}");
    let (admin, user) = (desk.login("admin").await, desk.login("user1").await);
    assert_eq!(titles(&admin).await, ["One", "Two", "VPN: connect"]);
    assert_eq!(titles(&user).await, ["VPN: connect"]);
    let (well, said) = import(&desk, &[], folder.path()).await;
    assert!(well && said.contains("New: 0. Changed: 0. Unchanged: 3."), "{said}");

    write("vpn.md", &format!("{head}\nPress **Connect** twice.\n"));
    let (well, said) = import(&desk, &["--only-new"], folder.path()).await;
    assert!(well && said.contains("Unchanged: 3."), "{said}");
    let (well, said) = import(&desk, &[], folder.path()).await;
    assert!(well && said.contains("Changed: VPN: connect") && said.contains("Changed: 1. Unchanged: 2."), "{said}");
    let list = user.get("/articles").await.expect(200);
    let id = list["items"][0]["id"].as_str().unwrap();
    let article = user.get(&format!("/articles/{id}")).await.expect(200);
    assert_eq!((&article["version"], &article["body"]), (&2.into(), &"Press **Connect** twice.\n".into()));
    assert_eq!(article["tags"], serde_json::json!(["vpn", "at home"]));
}

#[tokio::test]
async fn what_is_wrong_in_a_file_is_named_and_nothing_is_changed() {
    let desk = Desk::start().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let (well, said) = import(&desk, &[], folder.path()).await;
    assert!(!well && said.contains(".md"), "{said}");
    write("a.md", "---\ntitle: Fine\naudience: it\n---\nText\n");
    write("b.md", "---\ntitle: Fine\naudience: friends\ntags: vpn\ncolour: red\n---\nText\n");
    write("c.md", "---\nid: a\naudience: it\n---\nText\n");
    write("d.md", "---\nid: a\ntitle: Same\naudience: it\n---\nText\n");
    write(
        "e.jsonl",
        "{\"title\": \"x\", \"body\": \"x\", \"audience\": \"x\"}\n{\"title\": \"\", \"body\": \"x\", \"audience\": \"it\"}\n",
    );
    let (well, said) = import(&desk, &[], folder.path()).await;
    assert!(!well, "{said}");
    for part in [
        "b.md, line 3, audience: must be everyone, agents, it or hr",
        "b.md, line 4, tags: must be a list",
        "b.md, line 5, colour: is not known",
        "c.md, line 1, title: is missing",
        "d.md, id: is also that of a.md",
        "e.jsonl, line 1, audience: ",
        "e.jsonl, line 2, title: must not be empty",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(titles(&desk.login("admin").await).await, [""; 0]);
}

#[tokio::test]
async fn the_demo_knowledge_base_is_right() {
    let desk = Desk::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/knowledge/articles");
    let files = fs::read_dir(&folder).unwrap().count();
    let (well, said) = import(&desk, &["--only-new"], &folder).await;
    assert!(well && said.contains(&format!("New: {files}.")), "{said}");
    assert_eq!(titles(&desk.login("admin").await).await.len(), files);
}
