import Testing

@testable import Postgres

@Suite("A password in libpq's messages")
struct PasswordMaskTests {
    @Test(
        "A short password is hidden only as a whole word, a long one everywhere",
        arguments: [
            ("se", "connection to server at \"db\" for user \"me\" failed", "connection to server at \"db\" for user \"me\" failed"),
            ("se", "password \"se\" is wrong, se", "password \"•••\" is wrong, •••"), ("se", "se", "•••"),
            ("se", "sese se1 1se", "sese se1 1se"),
            ("a", "a database", "••• database"), ("@p", "x@p y@px", "x••• y@px"), ("seven-7", "seven-71 seven-7", "seven-71 •••"),
            ("eight-88", "xeight-88y eight-88", "x•••y •••"), ("", "server", "server"), ("me", "for user \"me\"", "for user \"me\""),
        ])
    func hidden(password: String, text: String, expected: String) {
        #expect(PasswordMask(password, except: ["me", nil]).hide(in: text) == expected)
    }
}
