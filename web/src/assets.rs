//! The files that the page is made of. They are built from `ui/` by `build.mjs` and committed, so that nobody needs Node to use the
//! page.

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! assets {
    ($($path:literal $kind:literal $file:literal,)*) => {
        pub(crate) const ASSETS: &[Asset] =
            &[$(Asset { path: $path, kind: $kind, bytes: include_bytes!(concat!("../dist/", $file)) },)*];
    };
}

assets! {
    "/app.js" "text/javascript; charset=utf-8" "app.js",
    "/more.js" "text/javascript; charset=utf-8" "more.js",
    "/ja.js" "text/javascript; charset=utf-8" "ja.js",
    "/app.css" "text/css; charset=utf-8" "app.css",
    "/icons.svg" "image/svg+xml" "icons.svg",
}

/// What every page begins with: which screen it is, the address says.
pub(crate) const INDEX: Asset =
    Asset { path: "/", kind: "text/html; charset=utf-8", bytes: include_bytes!("../dist/index.html") };
