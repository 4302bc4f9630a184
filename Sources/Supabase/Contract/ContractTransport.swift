/// Calls the functions of the SQL contract, by REST or by libpq.
public protocol ContractTransport: Sendable {
    /// Calls a function with its argument, a JSON object, and returns its answer, a JSON object. Fails if there is no answer within
    /// `budget` or the calling task is cancelled; the call may have succeeded all the same.
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8]

    /// Closes the connections; every later call fails.
    func shutdown()
}
