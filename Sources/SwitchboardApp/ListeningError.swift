import Foundation
import NIOCore

/// Why the gateway cannot listen at its address.
public struct ListeningError: Error, Equatable, CustomStringConvertible {
    /// `127.0.0.1:8000`.
    public let address: String
    /// The operating system's error number (errno(3)).
    public let code: Int32

    /// `127.0.0.1:8000: Address already in use`, with advice.
    public var description: String { "cannot listen on \(address): \(String(cString: strerror(code)))\(advice)" }

    private var advice: String {
        switch code {
        case EADDRINUSE: "; is another gateway running? server.port or --port names another port"
        case EACCES: "; ports below 1024 need a privilege (CAP_NET_BIND_SERVICE)"
        case EADDRNOTAVAIL: "; server.host must be an address of this machine"
        default: ""
        }
    }
}

extension ListeningError {
    /// Nil for any other error.
    init?(_ error: any Error, _ server: Settings.Server) {
        guard let error = error as? IOError else { return nil }
        self.init(address: "\(server.host.contains(":") ? "[\(server.host)]" : server.host):\(server.port)", code: error.errnoCode)
    }
}
