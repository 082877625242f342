//! Has the page that `ingress/web` was built into taken up anew when it changes.

use std::path::Path;

fn main() {
    if Path::new("web/dist/index.html").is_file() {
        println!("cargo::rerun-if-changed=web/dist");
    } else {
        println!("cargo::rerun-if-changed=web");
        println!(
            "cargo::warning=the page is not built, so this ingress serves the API alone: run `npm ci && npm run build` in \
             ingress/web, or ./deploy/up, which does"
        );
    }
}
