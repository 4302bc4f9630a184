import Supabase
import Testing

@Suite("URLs in a form that may be shown")
struct MaskedURLTests {
    @Test(
        "A URL is shown without user, password and query",
        arguments: [
            ("https://x.supabase.co/rest/v1", "https://x.supabase.co/rest/v1"), ("https://me:hush@h:1/p", "https://•••@h:1/p"),
            ("https://me:hu/sh@x@h", "https://•••@h"), ("https://h/p?apikey=hush", "https://h/p?•••"), ("me:hush@h", "•••@h"), ("", ""),
        ])
    func url(text: String, shown: String) { #expect(MaskedURL.text(text) == shown) }
}
