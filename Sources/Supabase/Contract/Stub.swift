import Messaging

public enum ContractFunction: String, Sendable {
    case ingest = "switchboard_ingest", start = "switchboard_start", end = "switchboard_end", session = "switchboard_session", sweep =
        "switchboard_sweep", inspect = "switchboard_inspect"
}
public protocol ContractTransport: Sendable {
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8]
    func shutdown()
}
public struct CallFailure: Error, Sendable, CustomStringConvertible {
    public enum Disposition: Sendable { case retry, pause, permanent, alreadyThere }
    public var disposition: Disposition
    public var status: Int?
    public var code: String?
    public var message: String
    public var details: String?
    public var hint: String?
    public var body: String
    public var retryAfter: Duration?
    public var isOutcomeUnknown = false
    public var advice: String? { nil }
    public var description: String { message }
}
public struct DirectTransport: ContractTransport {
    public init(url: String, connections: Int) throws {}
    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] { [] }
    public func shutdown() {}
}
public struct RESTTransport: ContractTransport {
    public init(url: String, key: Secret) throws {}
    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] { [] }
    public func shutdown() {}
}
