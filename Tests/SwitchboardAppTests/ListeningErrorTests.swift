import Foundation
import NIOCore
import Testing

@testable import SwitchboardApp

@Suite("Where the gateway cannot listen")
struct ListeningErrorTests {
    @Test(
        "The error names the address and what to do",
        arguments: [
            ("127.0.0.1", EADDRINUSE, "127.0.0.1:8000: Address already in use; is another gateway running?"),
            ("::1", EACCES, "[::1]:8000: Permission denied; ports below 1024"), ("10.9.9.9", EADDRNOTAVAIL, "server.host must be"),
        ])
    func advice(host: String, code: Int32, words: String) {
        var server = Settings.Server()
        server.host = host
        #expect(ListeningError(IOError(errnoCode: code, reason: "bind"), server)?.description.contains(words) == true)
    }

    @Test("Other errors stay unchanged")
    func other() {
        #expect(ListeningError(CancellationError(), Settings.Server()) == nil)
    }
}
