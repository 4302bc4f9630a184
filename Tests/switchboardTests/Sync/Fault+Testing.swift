import SwitchboardTesting

extension FaultyProxy.Fault {
    /// The faults that a call may meet, one after the other.
    static let testing: [FaultyProxy.Fault] = [
        .none, .delay(.milliseconds(200)), .cutBefore, .cutAfter, .truncate(10), .answer(status: 500, body: "<html>oops</html>"),
        .answer(
            status: 503, headers: ["Retry-After": "0"], body: #"{"code":"PGRST002","message":"no schema cache","details":null,"hint":null}"#
        ),
        .answer(status: 429, headers: ["Retry-After": "1"]),
        .answer(status: 400, body: #"{"code":"","message":"","details":null,"hint":null}"#),
    ]
}
