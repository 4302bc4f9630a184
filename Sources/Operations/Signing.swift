public import JSON
public import Messaging
public import Replay

extension CaptureSigner {
    /// The curl line that posts a capture to a gateway, signed with its account's secret; valid for five minutes if signatures are dated.
    public func command(posting capture: HTTPCapture, to base: String, at now: Instant) throws -> SignedCommand {
        try SignedCommand(signed(capture, at: now), to: base)
    }
}

extension SignedCommand: Presentable {
    /// Writes `{"command":"curl …"}`.
    public func write(to writer: inout JSONWriter) { writer.object { $0.member("command", description) } }
}
