/// Calls the functions of the SQL contract, by whatever way there is to the database.
public protocol ContractTransport: Sendable {
    /// Calls a function with its argument, a JSON object, and returns its answer, a JSON object. Where there is none after `budget`, or the
    /// calling task is cancelled, it gives up; the call may have been done all the same.
    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8]

    /// Ends its connections; every later call fails.
    func shutdown()
}
