public import JSON
public import Messaging
public import Replay

extension CaptureSigner {
    /// The curl line that posts a capture to a gateway, signed with its account's secret; valid for five minutes if signatures are dated.
    /// A capture that only a session's token can prove is posted with that token.
    public func command(posting capture: HTTPCapture, to base: String, at now: Instant) throws -> SignedCommand {
        let signed = try signed(capture, at: now)
        var command = try SignedCommand(signed, to: base)
        command.hasToken = signed == capture && capture.headers.contains { $0.name == SessionToken.header }
        return command
    }
}

extension SignedCommand: Presentable {
    /// Writes `{"command":"curl …"}`.
    public func write(to writer: inout JSONWriter) { writer.object { $0.member("command", description) } }
}
