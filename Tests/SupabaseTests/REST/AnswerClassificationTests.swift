import HTTPTransport
import Messaging
import Relay
import Supabase
import Testing

@Suite("The meaning of HTTP answers")
struct AnswerClassificationTests {
    private static let now = Instant(milliseconds: 1_795_500_000_000)

    @Test(
        "Answers of PostgREST, its database and its gateway are classified",
        arguments: [
            // retry
            (503, #"{"code":"PGRST000","message":"m"}"#, .retry), (503, #"{"code":"PGRST001","message":"m"}"#, .retry),
            (503, #"{"code":"PGRST002","message":"m"}"#, .retry), (504, #"{"code":"PGRST003","message":"m"}"#, .retry),
            (503, #"{"code":"08006","message":"m"}"#, .retry), (503, #"{"code":"53300","message":"m"}"#, .retry),
            (503, #"{"code":"57P01","message":"m"}"#, .retry), (500, #"{"code":"57014","message":"m"}"#, .retry),
            (500, #"{"code":"57P03","message":"m"}"#, .retry), (500, #"{"code":"55P03","message":"m"}"#, .retry),
            (500, #"{"code":"58030","message":"m"}"#, .retry), (500, #"{"code":"53400","message":"m"}"#, .retry),
            (500, #"{"code":"40001","message":"m"}"#, .retry), (500, #"{"code":"40P01","message":"m"}"#, .retry),
            (500, #"{"code":"XX000","message":"m"}"#, .retry), (500, #"{"code":"PGRSTX00","message":"m"}"#, .retry),
            (408, "", .retry), (425, "", .retry), (429, "", .retry), (429, #"{"message":"too many"}"#, .retry),
            (502, "<html>", .retry), (504, "", .retry), (520, "", .retry), (521, "", .retry), (522, "<html>", .retry), (523, "", .retry),
            (524, "error code: 524", .retry), (530, "", .retry), (544, #"{"message":"upstream timed out"}"#, .retry), (500, "oops", .retry),
            (503, #"{"message":"name resolution failed"}"#, .retry),
            (400, #"{"code":"","details":null,"hint":null,"message":""}"#, .retry),
            // pause
            (401, #"{"code":"PGRST301","message":"Expected 3 parts in JWT; got 1"}"#, .pause),
            (401, #"{"code":"42501","message":"m"}"#, .pause),
            (401, #"{"message":"Invalid API key"}"#, .pause), (401, "", .pause), (403, #"{"code":"42501","message":"m"}"#, .pause),
            (403, "<html>", .pause), (402, #"{"message":"m"}"#, .pause), (540, "", .pause), (540, #"{"message":"paused"}"#, .pause),
            (404, #"{"code":"PGRST202","message":"m"}"#, .pause), (404, #"{"code":"PGRST205","message":"m"}"#, .pause),
            (400, #"{"code":"PGRST204","message":"m"}"#, .pause), (406, #"{"code":"PGRST106","message":"m"}"#, .pause),
            (500, #"{"code":"PGRST300","message":"m"}"#, .pause), (404, #"{"code":"PGRST125","message":"m"}"#, .pause),
            (404, "<html>", .pause), (404, #"{"message":"no Route matched"}"#, .pause), (301, "", .pause), (200, "<html>welcome", .pause),
            (200, "", .pause), (403, #"{"code":"28000","message":"m"}"#, .pause),
            // the schema or the disk, not the record
            (404, #"{"code":"42883","message":"m"}"#, .pause), (404, #"{"code":"42P01","message":"m"}"#, .pause),
            (400, #"{"code":"42703","message":"m"}"#, .pause), (400, #"{"code":"3F000","message":"m"}"#, .pause),
            (405, #"{"code":"25006","message":"m"}"#, .pause),
            // permanent
            (400, #"{"code":"22P05","message":"m"}"#, .permanent), (400, #"{"code":"22P02","message":"m"}"#, .permanent),
            (400, #"{"code":"23502","message":"m"}"#, .permanent), (409, #"{"code":"23503","message":"m"}"#, .permanent),
            (400, #"{"code":"23514","message":"m"}"#, .permanent), (400, #"{"code":"23P01","message":"m"}"#, .permanent),
            (400, #"{"code":"PGRST100","message":"m"}"#, .permanent), (400, #"{"code":"PGRST102","message":"m"}"#, .permanent),
            (413, "<html>", .permanent), (413, #"{"message":"m"}"#, .permanent), (400, #"{"code":"P0001","message":"m"}"#, .permanent),
            (500, #"{"code":"21000","message":"m"}"#, .permanent), (400, #"{"code":"42804","message":"m"}"#, .pause),
            (400, #"{"code":"42P10","message":"m"}"#, .pause), (500, #"{"code":"54000","message":"m"}"#, .permanent),
            // already there
            (409, #"{"code":"23505","message":"m"}"#, .permanent),
            (409, #"{"code":"23505","message":"duplicate key value violates unique constraint \"messages_item_key\""}"#, .alreadyThere),
            (409, #"{"code":"23505","message":"duplicate key value violates unique constraint \"one_active\""}"#, .permanent),
        ] as [(Int, String, CallFailure.Disposition)])
    func disposition(status: Int, body: String, expected: CallFailure.Disposition) {
        let failure = CallFailure(IncomingResponse(status: status, body: Array(body.utf8)), at: Self.now)
        #expect(failure?.disposition == expected)
        #expect(failure?.status == status)
        #expect(failure?.advice.isEmpty == false)
    }

    @Test("A JSON object with status 2xx is an answer", arguments: [(200, "{}"), (201, " \n{\"a\":1}")])
    func answer(status: Int, body: String) {
        #expect(CallFailure(IncomingResponse(status: status, body: Array(body.utf8)), at: Self.now) == nil)
    }

    @Test(
        "A failure says whether the call may have been committed",
        arguments: [
            (520, "", true), (524, "", true), (504, "", true), (502, "<html>", true), (503, #"{"code":"PGRST001"}"#, true), (503, "", true),
            (503, #"{"code":"08006"}"#, true), (500, #"{"code":"57P01"}"#, true), (408, "", true), (504, #"{"code":"PGRST003"}"#, false),
            (503, #"{"code":"PGRST002"}"#, false), (500, #"{"code":"57014"}"#, false), (500, #"{"code":"40P01"}"#, false), (429, "", false),
            (401, "", false), (400, #"{"code":"22P02"}"#, false), (413, "", false), (540, "", false),
        ])
    func outcome(status: Int, body: String, isUnknown: Bool) {
        let failure = CallFailure(IncomingResponse(status: status, body: Array(body.utf8)), at: Self.now)
        #expect(failure?.isOutcomeUnknown == isUnknown)
    }

    @Test(
        "Retry-After is a number of seconds or an HTTP date, and never negative",
        arguments: [
            ("0", .zero), ("17", .seconds(17)), ("Tue, 24 Nov 2026 06:00:30 GMT", .seconds(30)), ("Tue, 24 Nov 2026 05:00:00 GMT", .zero),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .zero), ("999999999999", .seconds(86_400)), ("-1", nil), ("soon", nil), ("", nil),
            ("Tue, 24 Foo 2026 06:00:30 GMT", nil), ("24 Nov 2026", nil),
        ] as [(String, Duration?)])
    func retryAfter(value: String, expected: Duration?) {
        let response = IncomingResponse(status: 503, headers: [HTTPField("retry-after", value)])
        #expect(CallFailure(response, at: Self.now)?.retryAfter == expected)
    }

    @Test("Code, message, details and hint are read from the body; of the rest only the shape is kept")
    func words() {
        let body = #"{"code":"23502","details":"Failing row","hint":"fill it","message":"null value in column"}"#
        let failure = CallFailure(IncomingResponse(status: 400, body: Array(body.utf8)), at: Self.now)
        #expect(failure?.description == "400 23502: (words that may quote the row)")
        #expect(failure?.details == "Failing row")
        #expect(failure?.hint == "fill it")
        #expect(failure?.shape == "an object with code, details, hint, message; \(body.utf8.count) bytes")
        let long = IncomingResponse(status: 500, body: [UInt8](repeating: 0x78, count: 10_000))
        #expect(CallFailure(long, at: Self.now)?.shape == "no JSON; 10000 bytes")
    }

    @Test(
        "The failure says what to check",
        arguments: [
            (401, "", "SUPABASE_SERVICE_ROLE_KEY"), (401, #"{"code":"42501"}"#, "anon"), (403, #"{"code":"42501"}"#, "permission"),
            (404, #"{"code":"PGRST202"}"#, "migrate"), (400, #"{"code":"PGRST204"}"#, "migrate"), (402, "", "plan"), (540, "", "paused"),
            (413, "", "smaller"), (401, #"{"code":"PGRST303","message":"JWT issued at future"}"#, "clock"), (404, "<html>", "SUPABASE_URL"),
            (406, #"{"code":"PGRST106"}"#, "exposed"),
            (400, #"{"code":"22P02"}"#, "record"),
            (405, #"{"code":"25006"}"#, "disk"), (503, "", "retried automatically"), (400, #"{"code":"42804"}"#, "schema"),
        ])
    func advice(status: Int, body: String, word: String) {
        let failure = CallFailure(IncomingResponse(status: status, body: Array(body.utf8)), at: Self.now)
        #expect(failure?.advice.contains(word) == true, "\(failure?.advice ?? "")")
    }

    @Test(
        "A transfer without an answer is retried, unless the URL is invalid",
        arguments: [
            (.unreachable, .retry, false), (.tls, .retry, false), (.timedOut, .retry, true), (.other, .retry, true),
            (.cancelled, .retry, true),
            (.malformed, .pause, false),
        ] as [(HTTPTransportError.Code, CallFailure.Disposition, Bool)])
    func transfer(code: HTTPTransportError.Code, expected: CallFailure.Disposition, isUnknown: Bool) {
        let failure = CallFailure(HTTPTransportError(code, message: "m"))
        #expect(failure.disposition == expected)
        #expect(failure.isOutcomeUnknown == isUnknown)
    }
}
