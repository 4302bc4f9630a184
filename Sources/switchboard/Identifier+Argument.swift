import ArgumentParser
import Messaging

extension Identifier: ExpressibleByArgument {
    /// The usual 36 characters.
    public init?(argument: String) { self.init(argument) }
}

extension Instant: ExpressibleByArgument {
    /// RFC 3339.
    public init?(argument: String) { self.init(rfc3339: argument) }
}
